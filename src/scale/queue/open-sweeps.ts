import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';
import type { Variant } from '../../sweep/axes/variant.ts';
import { parseSweep } from '../../sweep/file/parse.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import { differences, keyOf } from '../../sweep/log/identity.ts';
import { identifySweep } from '../../sweep/running/identify.ts';
import { VariantMaker, type VariantOptions } from '../../sweep/running/variant-maker.ts';
import { removeDeadWorkshops } from '../../sweep/running/workshop.ts';
import { openScorer } from '../../sweep/score/open-scorer.ts';
import type { Scorer } from '../../sweep/score/scorer.ts';
import { isMarked } from './shared-folder.ts';
import type { QueuedWork } from './unit.ts';
import { readWork } from './work-store.ts';

/** A sweep as a worker has it: its models and devices are opened once for all units. */
interface OpenedSweep extends AsyncDisposable {
  readonly work: QueuedWork;
  readonly spec: SweepSpec;
  readonly maker: VariantMaker;
  readonly scorer: Scorer | undefined;
  /** Whether the sweep's folder is seen here. */
  readonly isShared: boolean;
}

/** Why a worker takes no units of a sweep: what it sees here differs, or it cannot open it. */
export class Refusal extends SwizzleError {
  override readonly name: string = 'Refusal';
}

/** Sweeps that stay open beside the one that units came of last. */
const MOST_OPEN = 3;

/** The sweeps that a worker has open. */
export class OpenSweeps implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #options: VariantOptions;
  readonly #opened = new Map<string, { readonly sweep: Promise<OpenedSweep>; users: number }>();

  constructor(redis: Redis, options: VariantOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /**
   * Lends a sweep to `use`.
   * @param first any variant
   * @throws Refusal where it cannot be opened here, and what `use` throws
   */
  async with<T>(id: string, first: Variant, use: (sweep: OpenedSweep) => Promise<T>): Promise<T> {
    const opened = this.#opened.get(id) ?? { sweep: openOne(this.#redis, id, first, this.#options), users: 0 };
    // the newest is last
    this.#opened.delete(id);
    this.#opened.set(id, opened);
    opened.users += 1;
    try {
      const sweep = await opened.sweep.catch((error: unknown) => {
        this.#opened.delete(id);
        throw asRefusal(error);
      });
      return await use(sweep);
    } finally {
      opened.users -= 1;
      await this.#closeOldest();
    }
  }

  async #closeOldest(): Promise<void> {
    const idle = [...this.#opened].filter(([, { users }]) => users === 0);
    for (const [id, { sweep }] of idle.slice(0, Math.max(0, this.#opened.size - MOST_OPEN))) {
      this.#opened.delete(id);
      await (await sweep)[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { sweep } of this.#opened.values()) {
      if (!(await failed(sweep))) await (await sweep)[Symbol.asyncDispose]();
    }
    this.#opened.clear();
  }
}

/** A sweep that cannot be opened here may be fine for another worker: it has other files, another device, another version. */
function asRefusal(error: unknown): unknown {
  return error instanceof SwizzleError && error.code !== 'internal'
    ? new Refusal(error.code, error.message, { cause: error })
    : error;
}

function failed(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}

async function openOne(redis: Redis, id: string, first: Variant, options: VariantOptions): Promise<OpenedSweep> {
  const work = await readWork(redis, id, options.signal);
  const { shardBytes, onOverflow, allowMissing, experts } = work;
  const spec = parseSweep(work.file, work.text);
  const maker = await VariantMaker.open(spec, first, { ...options, shardBytes, onOverflow, allowMissing, experts });
  try {
    const here = await identifySweep(spec, maker, first);
    if (keyOf(here) !== keyOf(work.identity)) {
      throw new SwizzleError('usage', `differs from the sweep that was started: ${differences(work.identity, here)}`);
    }
    const scorer = await openScorer(spec.score, maker, first);
    const isShared = await isMarked(work.out, id);
    if (isShared) await removeDeadWorkshops(join(work.out, 'models'));
    if (!isShared && scorer === undefined) {
      const why = 'is not seen here, and the sweep has no scores: there is nowhere to write to';
      throw new SwizzleError('usage', `${work.out}: ${why}`);
    }
    return { work, spec, maker, scorer, isShared, [Symbol.asyncDispose]: () => maker[Symbol.asyncDispose]() };
  } catch (error) {
    await maker[Symbol.asyncDispose]();
    throw error;
  }
}
