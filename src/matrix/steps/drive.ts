import type { ForwardMemory } from '../device.ts';
import type { Action, Reply, Spectrum, Steps } from './actions.ts';
import { type Dense, Workspace } from './workspace.ts';

/** Eigendecompositions in f64, wherever they are computed. */
export interface Factors {
  /** @returns eigenvalues of the Gram matrix, largest first */
  factor(action: Extract<Action, { do: 'spectrum' }>, signal?: AbortSignal): Promise<Float64Array>;
  vectors(of: Spectrum, out: Dense, signal?: AbortSignal): Promise<void>;
  apply(action: Extract<Action, { do: 'apply' }>, signal?: AbortSignal): Promise<void>;
}

/** What steps are driven with. */
export interface Drive {
  readonly memory: ForwardMemory;
  readonly factors: Factors;
  readonly signal?: AbortSignal | undefined;
  /** Fills a matrix with weight · (input − base). */
  delta(input: number, weight: number, out: Dense): Promise<void>;
}

/** Drives steps to their end. @throws SwizzleError 'device', 'io'; the signal's reason when aborted */
export async function drive<T>(steps: Steps<T>, on: Drive): Promise<T> {
  for (let next = steps.next(); ;) {
    if (next.done === true) return next.value;
    next = steps.next(await answer(next.value, on));
  }
}

async function answer(action: Action, { memory, factors, delta, signal }: Drive): Promise<Reply> {
  signal?.throwIfAborted();
  switch (action.do) {
    case 'run':
      await memory.run([{ kind: 'shared', ops: action.ops }], signal);
      return undefined;
    case 'delta':
      await delta(action.input, action.weight, action.out);
      return undefined;
    case 'read':
      return readMatrix(memory, action.of);
    case 'write': {
      const { buffer, byteOffset, byteLength } = action.values;
      await memory.write(action.out.address, new Uint8Array(buffer, byteOffset, byteLength));
      return undefined;
    }
    case 'spectrum':
      return factors.factor(action, signal);
    case 'vectors':
      await factors.vectors(action.of, action.out, signal);
      return undefined;
    case 'apply':
      await factors.apply(action, signal);
      return undefined;
  }
}

export async function readMatrix(memory: ForwardMemory, { address, rows, columns }: Dense): Promise<Float32Array> {
  const bytes = await memory.read(address, rows * columns * 4);
  return new Float32Array(bytes.buffer, bytes.byteOffset, rows * columns);
}

/** Bytes of memory that steps take. */
export interface StepNeeds {
  /** For matrices of f32. */
  readonly narrow: number;
  /** For f64. */
  readonly wide: number;
  /** Of the largest matrix that goes to a decomposition or comes from it. */
  readonly factored: number;
}

/** What steps take at most: a run of them in which nothing is computed. */
export function needsOf(make: (space: Workspace) => Steps<unknown>): StepNeeds {
  const space = new Workspace();
  const steps = make(space);
  let factored = 0;
  for (let next = steps.next(); next.done !== true; next = steps.next(undefined)) {
    for (const { rows, columns } of factoredMatrices(next.value)) factored = Math.max(factored, rows * columns * 4);
  }
  return { narrow: space.narrow.peak, wide: space.wide.peak, factored };
}

function factoredMatrices(action: Action): readonly Dense[] {
  if (action.do === 'spectrum') return [action.of];
  if (action.do === 'vectors') return [action.out];
  return action.do === 'apply' ? [action.x, action.out] : [];
}
