import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { MAX_RECIPE_BYTES, readText } from '../../regular-file.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { writeReport } from '../../report/write-report.ts';
import type { SweepReport } from '../../report/sweep-report.ts';
import type { SweepEvent } from './events.ts';
import type { SweepSpec } from '../file/spec.ts';
import { applyEvent, stateOf, type SweepState, toReport, type VariantState } from './state.ts';
import { eventsOfPart, readFolderLogs } from './folder-logs.ts';
import { keyOf, type SweepIdentity } from './identity.ts';
import { openStatusLog, statusFile, type StatusLog } from './status-log.ts';
import { newPartLog } from './part-logs.ts';
import { type Part, partPrefix } from '../../plan/part.ts';
import type { Variant } from '../axes/variant.ts';

type VariantEvent = Exclude<SweepEvent, { event: 'sweep' }>;

/** How a session is opened. */
export interface SessionOptions {
  /** Called with a variant that has changed. */
  readonly onChange?: ((variant: string) => void) | undefined;
  /** Called with what the user should know. */
  readonly onWarning?: ((text: string) => void) | undefined;
  readonly part?: Part | undefined;
}

/** A sweep's folder: its status, kept in memory and in sweep.jsonl, and its reports. */
export class SweepSession implements AsyncDisposable {
  readonly folder: string;
  /** Where variants are made and scored before they get their place: a folder of its own, where processes share the sweep's. */
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
   * @param part run alone: it has a log of its own
   * @throws SwizzleError 'usage' when the folder contains another sweep; nothing is changed then
   */
  static async open(
    folder: string,
    spec: SweepSpec,
    identity: SweepIdentity,
    { onChange, onWarning, part }: SessionOptions = {},
  ): Promise<SweepSession> {
    const logs = await readFolderLogs(folder, identity);
    const events = part === undefined ? logs.own : eventsOfPart(logs, part);
    if (part !== undefined) for (const stranger of logs.strangers) onWarning?.(`ignored: ${stranger}`);
    await mkdir(join(folder, 'models'), { recursive: true });
    const stack = new ResourceStack();
    const log = stack.use(await openStatusLog(part === undefined ? statusFile(folder) : newPartLog(folder, part)));
    try {
      const isBegun = part === undefined && events.some(({ event }) => event === 'sweep');
      const time = new Date().toISOString();
      if (!isBegun) await log.append({ event: 'sweep', key: keyOf(identity), time, identity });
      await keepText(join(folder, 'sweep.yml'), spec.text);
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

  /** Where a variant's folder is in the end. */
  folderOf(variant: string): string {
    return join(this.folder, 'models', variant);
  }

  /** Where a variant is made and scored. No other process reads or removes what is there. */
  roomOf(variant: string): string {
    return join(this.workshop, variant);
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

/** Writes a text file unless that is what it says: parts may do so at the same time. */
async function keepText(path: string, text: string): Promise<void> {
  const found = await readText(path, MAX_RECIPE_BYTES).catch(() => undefined);
  if (found !== text) await writeFile(path, text);
}
