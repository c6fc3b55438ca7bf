import { createCpuDevice } from '../../device/cpu/device.ts';
import type { ByteSource } from '../../device/device.ts';
import { runChunks } from '../../execute/run-chunks.ts';
import { BLOCK_ELEMENTS } from '../../kernel/statistics.ts';
import type { Chunk, ChunkInput } from '../../plan/chunks/chunk.ts';
import { sumUnits } from '../../plan/passes/statistic-run.ts';
import { ResourceStack } from '../../resource-stack.ts';

/** A float tensor in several places. */
export interface GramTask {
  readonly name: string;
  readonly elements: number;
  /** One a place; files are numbered as in `GramWork.paths`. */
  readonly inputs: readonly ChunkInput[];
}

/** Tensors to take inner products of, and the files that they are in. */
export interface GramWork {
  readonly paths: readonly string[];
  readonly tasks: readonly GramTask[];
}

/** Inner products of a tensor's versions: `matrix[i * n + j]` = x_i · x_j, of values as f32, in f64. */
export interface TensorGram {
  readonly name: string;
  readonly n: number;
  readonly matrix: Float64Array;
}

/** Opens a file to be read, and closed afterwards. */
export type OpenPath = (path: string) => Promise<ByteSource & AsyncDisposable>;

/**
 * One read of every place, on the CPU device's lanes: nothing is written, so that no other device would be faster. Sums are made
 * over fixed blocks, in order: neither lanes nor chunks change a bit.
 * @returns one a task, in order
 */
export async function grams({ paths, tasks }: GramWork, open: OpenPath, signal: AbortSignal): Promise<TensorGram[]> {
  await using stack = new ResourceStack();
  const device = stack.use(createCpuDevice());
  const inputs: ByteSource[] = [];
  for (const path of paths) inputs.push(stack.use(await open(path)));
  const sums = new Map(tasks.map((task) => [task.name, new TensorSums(task)]));
  await runChunks(
    { spans: tasks.filter(({ elements }) => elements > 0).map(spanOf), jobs: [] },
    {
      devices: [device],
      files: { inputs, outputs: [] },
      lanes: device.habit.lanes,
      chunkBytes: device.habit.chunkBytes,
      stopOnOverflow: false,
      signal,
      onWritten: ({ tensors, part, elements }, { numbers }) => {
        const [tensor] = tensors;
        if (tensor && numbers) sums.get(tensor.name)?.add(part?.first ?? 0, elements, numbers);
      },
    },
  );
  return tasks.map(({ name, inputs: { length: n } }) => ({ name, n, matrix: square(sums.get(name)?.total, n) }));
}

function spanOf({ name, elements, inputs }: GramTask): Chunk {
  return {
    kernel: 'statistic',
    statistic: { kind: 'gram', difference: false, per: 'tensor', wide: true },
    elements,
    inputs,
    outputs: [],
    onOverflow: 'inf',
    tensors: [{ name, end: elements }],
    part: { first: 0, elements, rowLength: 1, unit: BLOCK_ELEMENTS },
  };
}

/** What the chunks of a tensor have found, added up in order when all of it is there. */
class TensorSums {
  readonly #elements: number;
  readonly #pairs: number;
  readonly #found: { first: number; elements: number; numbers: Float64Array }[] = [];
  #done = 0;
  /** Upper triangle, row by row. */
  total: Float64Array | undefined;

  constructor({ elements, inputs }: GramTask) {
    this.#elements = elements;
    this.#pairs = (inputs.length * (inputs.length + 1)) / 2;
  }

  add(first: number, elements: number, numbers: Float64Array): void {
    this.#found.push({ first, elements, numbers });
    this.#done += elements;
    if (this.#done < this.#elements) return;
    this.total = sumUnits(
      this.#found.splice(0).sort((a, b) => a.first - b.first),
      this.#pairs,
    );
  }
}

function square(triangle: Float64Array | undefined, n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      matrix[i * n + j] = triangle?.[at] ?? 0;
      matrix[j * n + i] = triangle?.[at++] ?? 0;
    }
  }
  return matrix;
}
