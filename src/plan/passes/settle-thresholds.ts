import type { Chunk } from '../chunks/chunk.ts';
import { type Job, statisticChunk } from './job.ts';
import { CutoffsRun } from './cutoffs-run.ts';
import type { PassAnswer } from './statistic-run.ts';
import type { Answers, Ask, Want } from '../methods/work.ts';
import type { TaskOutput, TensorTask } from '../tasks.ts';
import { isFloat } from '../../dtype.ts';

/** Runs statistic chunks, cut, and gives what they have found. */
type RunStatistics = (chunks: readonly Chunk[]) => Promise<readonly PassAnswer[]>;

/** Jobs whose outputs need a threshold of the whole model get it: passes over all of its tensors together. */
export async function settleThresholds(jobs: readonly Job[], run: RunStatistics): Promise<readonly Job[]> {
  const known = new Map<string, Promise<Answers['threshold']>>();
  return Promise.all(
    jobs.map(async (job): Promise<Job> => {
      if (job.all === undefined) return job;
      const { all } = job;
      const answered = async (output: TaskOutput): Promise<TaskOutput> => {
        const { work } = output;
        if (work?.kind !== 'ask' || work.request.kind !== 'threshold') return output;
        const key = JSON.stringify(work.request);
        const value = known.get(key) ?? findThresholds(work, all, job, run);
        known.set(key, value);
        const next = work.next({ kind: 'threshold', value: await value });
        return next.kind === 'weighted_sum'
          ? { ...output, weights: next.weights, work: undefined }
          : { ...output, work: next };
      };
      return { ...job, task: { ...job.task, outputs: await Promise.all(job.task.outputs.map(answered)) } };
    }),
  );
}

async function findThresholds(
  { request }: Ask,
  all: readonly TensorTask[],
  { onOverflow, task }: Job,
  run: RunStatistics,
): Promise<Answers['threshold']> {
  if (request.kind !== 'threshold') return [];
  const inputs = task.inputs.length;
  const counted = all.filter(({ name, elements, inputs: own, outputs }) => {
    return (
      !name.includes(request.without) && elements > 0 && own.length === inputs && isFloat(outputs[0]?.dtype ?? 'I64')
    );
  });
  const elements = counted.reduce((sum, one) => sum + one.elements, 0);
  const most = { count: Math.floor(request.share * elements) };
  const wants = Array.from({ length: inputs - 1 }, (_, index): Want => ({ input: index + 1, most, ties: true }));
  const cutoffs = { kind: 'cutoffs', value: { kind: 'difference' }, wants } as const;
  const search = new CutoffsRun({ elements, shape: [elements], inputs }, cutoffs.value, [cutoffs]);
  for (let passes = search.next(); passes.length > 0; passes = search.next()) {
    const answers: (readonly PassAnswer[])[] = [];
    for (const pass of passes) {
      const chunks = counted.map((one) => {
        return statisticChunk(
          { task: one, onOverflow },
          { ...pass, begin: 0, end: one.elements, rowLength: one.shape.at(-1) ?? 1 },
        );
      });
      answers.push(await run(chunks));
    }
    search.take(answers);
  }
  const { value } = search.answer(cutoffs);
  // indices count the elements of one tensor: all of them are kept that have these bits
  return (value as Answers['cutoffs']).map(({ bits, index }) => ({ bits, index: index > 0 ? Infinity : 0 }));
}
