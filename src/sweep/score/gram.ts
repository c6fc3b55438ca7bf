import type { OpenSource } from '../../elements/byte-source.ts';
import { readThrough } from '../../run/execute/read-through.ts';
import { BLOCK_ELEMENTS } from '../../plan/kernel/statistics.ts';
import { Gram } from '../../plan/methods/parts/gram.ts';
import type { Chunk, ChunkInput } from '../../plan/chunks/chunk.ts';
import type { InputFile } from '../../models/models.ts';
import { type PassAnswer, sumUnits } from '../../plan/passes/statistic-run.ts';

/** A float tensor in several places. */
export interface GramTask {
  readonly name: string;
  readonly elements: number;
  /** One a place; files are numbered as in `GramWork.files`. */
  readonly inputs: readonly ChunkInput[];
}

/** Tensors to take inner products of, and the files that they are in. */
export interface GramWork {
  readonly files: readonly InputFile[];
  readonly tasks: readonly GramTask[];
}

/** Opens a file to be read, and closed afterwards. */
export type OpenFile = (file: Pick<InputFile, 'path'>) => Promise<OpenSource>;

/**
 * Inner products of tensors' versions, of values as f32, in f64, from one read of every place. Sums are made over fixed blocks, in
 * order: neither lanes nor chunks change a bit.
 * @param onShare called with how much is read, from 0 to 1
 * @returns one a task, in order
 */
export async function grams(
  { files, tasks }: GramWork,
  open: OpenFile,
  signal: AbortSignal,
  onShare?: (share: number) => void,
): Promise<Gram[]> {
  const total = tasks.reduce((sum, { elements }) => sum + elements, 0);
  let seen = 0;
  const wanted = new Map(tasks.map((task) => [task.name, task]));
  const answers = new Map<string, PassAnswer[]>();
  const found = new Map<string, Gram>();
  await readThrough(tasks.filter(({ elements }) => elements > 0).map(spanOf), files, open, {
    signal,
    onWritten: ({ tensors: [tensor], part, elements }, { numbers }) => {
      seen += elements;
      onShare?.(seen / total);
      const task = wanted.get(tensor?.name ?? '');
      if (task === undefined || numbers === undefined) return;
      const own = answers.get(task.name) ?? [];
      own.push({ first: part?.first ?? 0, elements, numbers });
      answers.set(task.name, own);
      // sums of a tensor that is whole take the place of its blocks': memory does not grow with the models
      if (own.reduce((sum, one) => sum + one.elements, 0) < task.elements) return;
      answers.delete(task.name);
      found.set(task.name, gramOf(task, own));
    },
  });
  return tasks.map((task) => found.get(task.name) ?? gramOf(task, []));
}

function gramOf({ inputs: { length } }: GramTask, answers: readonly PassAnswer[]): Gram {
  const inOrder = answers.toSorted((a, b) => a.first - b.first);
  return new Gram(length, sumUnits(inOrder, (length * (length + 1)) / 2));
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
