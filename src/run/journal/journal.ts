import { type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError } from '../../errors.ts';
import { type OutputCalls, SYSTEM_CALLS } from '../output/files.ts';
import { formatLine, type JournalContent, type JournalHead, type JournalRecord, parseJournal } from './record.ts';
import { readText } from '../../regular-file.ts';

const NAME = 'journal';

/** Writes down what a run has finished, so that a later one need not do it again. */
export class Journal implements AsyncDisposable {
  readonly #file: FileHandle;
  #waiting = '';
  #writing: Promise<void> | undefined;
  #records: number;
  #failed = false;

  private constructor(file: FileHandle, records: number) {
    this.#file = file;
    this.#records = records;
  }

  /**
   * Begins a journal in a workspace, with what an earlier run has finished.
   * @throws SwizzleError 'io'
   */
  static async begin(
    folder: string,
    head: JournalHead,
    records: readonly JournalRecord[],
    { open, rename }: OutputCalls = SYSTEM_CALLS,
  ): Promise<Journal> {
    const path = join(folder, NAME);
    let file: FileHandle | undefined;
    try {
      file = await open(`${path}.new`, 'w');
      await file.appendFile([head, ...records].map(formatLine).join(''));
      await file.datasync();
      await rename(`${path}.new`, path);
      return new Journal(file, records.length);
    } catch (cause) {
      await file?.close().catch(() => undefined);
      throw new SwizzleError('io', `${path}: cannot be begun: ${messageOf(cause)}`, { cause, details: { path } });
    }
  }

  /** Records that are in it. */
  get records(): number {
    return this.#records;
  }

  /** Adds a record; returns at once. Lines that come while others are being written go together. */
  add(record: JournalRecord): void {
    this.#records += 1;
    this.#waiting += formatLine(record);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    while (this.#waiting !== '' && !this.#failed) {
      const text = this.#waiting;
      this.#waiting = '';
      // a journal that cannot be written costs time later, and is no reason to stop now
      await this.#file.appendFile(text).catch(() => (this.#failed = true));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close().catch(() => undefined); // as in #write
  }
}

/** The journal in a workspace; undefined where there is none. */
export async function readJournal(folder: string): Promise<JournalContent | undefined> {
  const text = await readText(join(folder, NAME)).catch(() => undefined);
  return text === undefined ? undefined : parseJournal(text);
}
