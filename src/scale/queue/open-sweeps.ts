import type { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';
import type { Variant } from '../../sweep/axes/variant.ts';
import { sweepKey } from '../../sweep/file/key.ts';
import { parseSweep } from '../../sweep/file/parse.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import { VariantMaker, type VariantOptions } from '../../sweep/running/variant-maker.ts';
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
   * @throws what opening it threw, and what `use` throws
   */
  async with<T>(id: string, first: Variant, use: (sweep: OpenedSweep) => Promise<T>): Promise<T> {
    const opened = this.#opened.get(id) ?? { sweep: openOne(this.#redis, id, first, this.#options), users: 0 };
    // the newest is last
    this.#opened.delete(id);
    this.#opened.set(id, opened);
    opened.users += 1;
    try {
      return await use(await opened.sweep);
    } catch (error) {
      if (await failed(opened.sweep)) this.#opened.delete(id);
      throw error;
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

function failed(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}

async function openOne(redis: Redis, id: string, first: Variant, options: VariantOptions): Promise<OpenedSweep> {
  const work = await readWork(redis, id);
  const { shardBytes, onOverflow } = work;
  const spec = parseSweep(work.file, work.text);
  const maker = await VariantMaker.open(spec, first, { ...options, shardBytes, onOverflow });
  try {
    if (sweepKey(spec, maker.maker.models) !== work.key) {
      throw new SwizzleError('usage', 'the models here are others than those that the sweep was begun with');
    }
    const scorer = await openScorer(spec.score, maker, first);
    const isShared = await isMarked(work.out, id);
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
