/** What befalls one operation on a file: an error, half of what was asked for, or an error with later ones after it. */
export type FaultKind = 'none' | 'EIO' | 'ENOSPC' | 'EAGAIN' | 'short' | 'late';

const KINDS: readonly FaultKind[] = ['none', 'EIO', 'ENOSPC', 'EAGAIN', 'short', 'late'];

/** How long an operation hangs before it fails, where the run has failed already. */
const LATE_MS = 5;

/** What an operation does. */
export interface Fate {
  /** What it fails with. */
  readonly code: string | undefined;
  /** How long it waits before. */
  readonly afterMs: number;
  /** Whether it moves half of the bytes only. */
  readonly isShort: boolean;
}

const GOOD: Fate = { code: undefined, afterMs: 0, isShort: false };

/** Counts operations on files in all threads of a run; the n-th is the one that a fault befalls. */
export class Faults {
  /** What other threads make their own from: operations so far, the n, the kind. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(12)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** Begins a run whose operation number `at`, from 1, has a fault. */
  begin(kind: FaultKind, at: number): void {
    Atomics.store(this.#words, 0, 0);
    Atomics.store(this.#words, 1, at);
    Atomics.store(this.#words, 2, KINDS.indexOf(kind));
  }

  /** Operations since then. */
  get count(): number {
    return Atomics.load(this.#words, 0);
  }

  /** Counts an operation. */
  next(): Fate {
    const number = Atomics.add(this.#words, 0, 1) + 1;
    const at = Atomics.load(this.#words, 1);
    const kind = KINDS[Atomics.load(this.#words, 2)] ?? 'none';
    if (kind === 'late' && number > at) return { code: 'EIO', afterMs: LATE_MS, isShort: false };
    if (number !== at || kind === 'none') return GOOD;
    if (kind === 'short') return { ...GOOD, isShort: true };
    return { ...GOOD, code: kind === 'late' ? 'EIO' : kind };
  }
}

/** As the system's: with a code. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

/** Half of what was asked for, and something. */
export function half(length: number): number {
  return Math.max(1, length >> 1);
}
