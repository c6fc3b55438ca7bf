import { SwizzleError } from '../../errors.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Chunk, ChunkReport, Counts } from '../../plan/chunks/chunk.ts';
import { counted } from '../../counted.ts';

/** Sums over all chunks of a run. */
export interface RunTotals {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly chunks: number;
  /** Bytes that an earlier run had moved; not in `bytesRead` and `bytesWritten`. */
  readonly resumed: { readonly read: number; readonly written: number };
  /** Over all outputs. */
  readonly counts: Counts;
  /** Tensors with a value that is NaN, infinite or did not fit; counted over all outputs. */
  readonly tensors: ReadonlyMap<string, Counts>;
  /** Tensors that are copied and differ between the models. */
  readonly differing: readonly string[];
  /** Time that lanes spent on each part, summed over the lanes, in milliseconds. */
  readonly busyMs: { readonly read: number; readonly compute: number; readonly write: number };
  /** Tensors with more values that are NaN or infinite than their inputs have; absent: none, or not looked for. */
  readonly introduced?: readonly string[] | undefined;
}

const NONE: Counts = { nan: 0, infinite: 0, overflow: 0 };

function add(a: Counts, b: Counts): Counts {
  return { nan: a.nan + b.nan, infinite: a.infinite + b.infinite, overflow: a.overflow + b.overflow };
}

/** Adds up what lanes report. */
export class Tally {
  #bytesRead = 0;
  #bytesWritten = 0;
  #chunks = 0;
  #counts = NONE;
  readonly #tensors = new Map<string, Counts>();
  readonly #differing = new Set<string>();
  readonly #busyMs = { read: 0, compute: 0, write: 0 };
  readonly #stopOnOverflow: boolean;
  readonly #resumed = { read: 0, written: 0 };

  /** @param earlier what an earlier run has finished and counted */
  constructor(stopOnOverflow: boolean, earlier: readonly JournalRecord[] = []) {
    this.#stopOnOverflow = stopOnOverflow;
    for (const { tensors, differing, read, written } of earlier) {
      this.#resumed.read += read;
      this.#resumed.written += written;
      for (const { tensor, nan, infinite, overflow } of tensors) this.#count(tensor, { nan, infinite, overflow });
      for (const tensor of differing) this.#differing.add(tensor);
    }
  }

  /** @throws SwizzleError 'overflow' where the user asked to stop at one */
  add(chunk: Chunk, report: ChunkReport, bytes: { read: number; written: number }): void {
    this.#chunks += 1;
    this.#bytesRead += bytes.read;
    this.#bytesWritten += bytes.written;
    this.#busyMs.read += report.readMs;
    this.#busyMs.compute += report.computeMs;
    this.#busyMs.write += report.writeMs;
    for (const { tensor, output, ...counts } of report.tensors) {
      this.#count(tensor, counts);
      if (counts.overflow > 0 && this.#stopOnOverflow) {
        const dtype = chunk.outputs[output]?.dtype ?? 'the output dtype';
        throw new SwizzleError(
          'overflow',
          `tensor ${tensor}: ${counted(counts.overflow, 'value')} out of range of ${dtype}`,
          {
            details: { tensor, ...counts },
          },
        );
      }
    }
    for (const tensor of report.differing) this.#differing.add(tensor);
  }

  #count(tensor: string, counts: Counts): void {
    this.#counts = add(this.#counts, counts);
    this.#tensors.set(tensor, add(this.#tensors.get(tensor) ?? NONE, counts));
  }

  totals(): RunTotals {
    return {
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      chunks: this.#chunks,
      resumed: this.#resumed,
      counts: this.#counts,
      tensors: this.#tensors,
      differing: [...this.#differing],
      busyMs: this.#busyMs,
    };
  }
}
