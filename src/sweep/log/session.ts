import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { writeReport } from '../../report/write-report.ts';
import type { SweepReport } from '../../report/sweep-report.ts';
import type { SweepEvent } from './events.ts';
import type { SweepSpec } from '../file/spec.ts';
import { applyEvent, stateOf, type SweepState, type VariantState } from './state.ts';
import { openStatusLog, readStatusLog, type StatusLog } from './status-log.ts';
import { newPartLog, readPartLogs } from './part-logs.ts';
import { toReport } from './to-report.ts';
import { partPrefix } from '../../plan/part.ts';
import type { Part } from '../../plan/part.ts';
import type { Variant } from '../axes/variant.ts';

const LOG = 'sweep.jsonl';

type VariantEvent = Exclude<SweepEvent, { event: 'sweep' }>;

/** The status file of the sweep in `folder`. */
export function statusFile(folder: string): string {
  return join(folder, LOG);
}

/** A sweep's folder: its status, kept in memory and in sweep.jsonl, and its reports. */
export class SweepSession implements AsyncDisposable {
  readonly folder: string;
  /** Where variants are made before they get their place: a folder of their own, where machines may meet in the sweep's. */
  readonly workshop: string;
  readonly #spec: SweepSpec;
  readonly #state: Map<string, VariantState>;
  readonly #log: StatusLog;
  readonly #onChange: ((variant: string) => void) | undefined;

  private constructor(
    folder: string,
    spec: SweepSpec,
    state: Map<string, VariantState>,
    log: StatusLog,
    onChange: ((variant: string) => void) | undefined,
    room: string | undefined,
  ) {
    this.folder = folder;
    this.workshop = join(folder, 'models', room === undefined ? '' : `.${room}`);
    this.#spec = spec;
    this.#state = state;
    this.#log = log;
    this.#onChange = onChange;
  }

  /**
   * Begins a sweep in `folder`, or goes on with the one that is there.
   * @param key see key.ts
   * @param part run alone: it has a log of its own
   * @throws SwizzleError 'usage' when the folder holds another sweep
   */
  static async open(
    folder: string,
    spec: SweepSpec,
    key: string,
    onChange: ((variant: string) => void) | undefined,
    part?: Part,
  ): Promise<SweepSession> {
    await mkdir(join(folder, 'models'), { recursive: true });
    const path = part === undefined ? statusFile(folder) : newPartLog(folder, part);
    const events = part === undefined ? await readStatusLog(path) : await eventsOfPart(folder, part);
    const begun = events.find((event) => event.event === 'sweep');
    if (begun !== undefined && begun.key !== key) {
      const what = 'holds a sweep of another recipe, of other inputs or with another scorer; expected an empty folder';
      throw new SwizzleError('usage', `${folder}: ${what}, or the same sweep`, { details: { folder } });
    }
    const stack = new ResourceStack();
    const log = stack.use(await openStatusLog(path));
    try {
      if (begun === undefined || part !== undefined)
        await log.append({ event: 'sweep', key, time: new Date().toISOString() });
      await writeFile(join(folder, 'sweep.yml'), spec.text);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    const room = part && `${partPrefix(part)}.${hostname().replaceAll(/[^\w.-]/g, '-')}-${process.pid}`;
    return new SweepSession(folder, spec, stateOf(events), log, onChange, room);
  }

  /**
   * A sweep's folder for someone who only makes some of its variants: nothing is written down.
   * @param room name of a folder to make them in
   * @param tell is given what happens
   */
  static detached(
    folder: string,
    spec: SweepSpec,
    room: string,
    tell: (events: readonly SweepEvent[]) => Promise<void>,
  ): SweepSession {
    const log: StatusLog = { append: (...events) => tell(events), [Symbol.asyncDispose]: () => Promise.resolve() };
    return new SweepSession(folder, spec, new Map(), log, undefined, room);
  }

  get state(): SweepState {
    return this.#state;
  }

  /** Where a variant's folder is. */
  folderOf(variant: string): string {
    return join(this.folder, 'models', variant);
  }

  /** Whether other processes may be at work in the same folder. */
  get isShared(): boolean {
    return this.workshop !== this.folderOf('.');
  }

  /** Writes events down, then lets them count. */
  async record(...events: VariantEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#log.append(...events);
    for (const event of events) {
      applyEvent(this.#state, event);
      this.#onChange?.(event.variant);
    }
  }

  /** Names variants that are new. */
  async name(variants: readonly Variant[]): Promise<void> {
    const fresh = variants.filter(({ name }) => !this.#state.has(name));
    await this.record(
      ...fresh.map(({ name, parameters, recipe }): VariantEvent => {
        return { event: 'variant', variant: name, parameters, recipe };
      }),
    );
  }

  report(): SweepReport {
    return toReport(this.#spec, this.#state, basename(resolve(this.folder)));
  }

  /** Writes leaderboard and report as things stand. @returns paths */
  writeReport(): Promise<string[]> {
    return writeReport(this.folder, this.report());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
  }
}

/** What earlier processes have done of a part. */
async function eventsOfPart(folder: string, { index, count }: Part): Promise<SweepEvent[]> {
  const logs = (await readPartLogs(folder)).filter(({ part }) => part.index === index && part.count === count);
  return logs.flatMap(({ events }) => [...events]);
}
