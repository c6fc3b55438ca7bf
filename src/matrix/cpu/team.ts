/**
 * What the threads of one run share besides weights: a few words at the start of the memory's control area. Every thread
 * runs the same ops; parts of an op are claimed one by one, and nobody begins the next op before all parts are done.
 */
export interface Team {
  /** The next part of op number `op` that nobody has. */
  claim(op: number): number;
  /** Waits for all threads. @throws Error when another thread failed */
  meet(op: number): void;
  /** Tells the others that this thread failed. */
  fail(): void;
}

/** A team of one: nobody to wait for. */
export function aloneTeam(): Team {
  let next = 0;
  return {
    claim: () => next++,
    meet: () => {
      next = 0;
    },
    fail: () => undefined,
  };
}

/** Bytes of the control area. */
export const CONTROL_BYTES = 256;

const ARRIVED = 0;
const GENERATION = 1;
const FAILED = 2;
const COUNTERS = 4;
/** Counters take turns: while one is used, another is set back. */
const TURNS = 4;

/** How often a thread looks before it sleeps: ops are short, and waking takes longer than most. */
const SPINS = 4000;

/** Before a thread takes ops: nobody may be in them. */
export function resetTeam(memory: SharedArrayBuffer, control: number): void {
  new Int32Array(memory, control, CONTROL_BYTES / 4).fill(0);
}

/** @param control address of the control area */
export function joinTeam(memory: SharedArrayBuffer, control: number, threads: number, own: number): Team {
  const words = new Int32Array(memory, control, CONTROL_BYTES / 4);
  const checkOthers = (): void => {
    if (Atomics.load(words, FAILED) !== 0) throw new Error('another thread of the run failed');
  };
  return {
    claim: (op) => Atomics.add(words, COUNTERS + (op % TURNS), 1),
    meet(op) {
      // the counter after the next: its last user is behind the last meeting, its next one behind this
      if (own === 0) Atomics.store(words, COUNTERS + ((op + 2) % TURNS), 0);
      const generation = Atomics.load(words, GENERATION);
      if (Atomics.add(words, ARRIVED, 1) === threads - 1) {
        Atomics.store(words, ARRIVED, 0);
        Atomics.add(words, GENERATION, 1);
        Atomics.notify(words, GENERATION);
        return;
      }
      for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, GENERATION) !== generation) return;
      while (Atomics.load(words, GENERATION) === generation) {
        checkOthers();
        Atomics.wait(words, GENERATION, generation, 100);
      }
    },
    fail() {
      Atomics.store(words, FAILED, 1);
      Atomics.notify(words, GENERATION);
    },
  };
}
