import { SwizzleError } from '../errors.ts';

/** One of several parts of a sweep or a merge, which are made apart from one another. */
export interface Part {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The most parts: each leaves files of its own. */
const MOST_PARTS = 100_000;

/** "3/16", as people count: from 1. @throws SwizzleError 'usage' */
export function parsePart(text: string): Part {
  const [, number, count] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  const part = { index: Number(number) - 1, count: Number(count) };
  const isPart = part.index >= 0 && part.index < part.count && part.count <= MOST_PARTS;
  if (isPart) return part;
  throw new SwizzleError('usage', `--part: expected a part such as 3/16, from 1/16 to 16/16, found ${text}`);
}

/** "3 of 16" */
export function partName({ index, count }: Part): string {
  return `${index + 1} of ${count}`;
}

/** "part-3-of-16": what the names of a part's files begin with. */
export function partPrefix({ index, count }: Part): string {
  return `part-${index + 1}-of-${count}`;
}

/**
 * The part that a scheduler has given this process: a task of a Slurm job array, or a pod of a Kubernetes Indexed Job.
 * @throws SwizzleError 'usage' that says what is missing
 */
export function partFromEnvironment(environment: Readonly<Record<string, string | undefined>>): Part {
  const number = (name: string): number | undefined => {
    const text = environment[name];
    if (text === undefined || text === '') return undefined;
    if (/^\d+$/.test(text)) return Number(text);
    throw new SwizzleError('usage', `--part: ${name} is ${text}, expected a number`);
  };
  const [task, pod] = [number('SLURM_ARRAY_TASK_ID'), number('JOB_COMPLETION_INDEX')];
  if (task !== undefined) {
    const [count, least, step] = [
      number('SLURM_ARRAY_TASK_COUNT'),
      number('SLURM_ARRAY_TASK_MIN'),
      number('SLURM_ARRAY_TASK_STEP'),
    ];
    if (count === undefined) throw missing('SLURM_ARRAY_TASK_COUNT');
    return checked({ index: (task - (least ?? 0)) / (step ?? 1), count }, 'SLURM_ARRAY_TASK_ID');
  }
  if (pod !== undefined) {
    const count = number('JOB_COMPLETIONS');
    if (count === undefined) throw missing('JOB_COMPLETIONS');
    return checked({ index: pod, count }, 'JOB_COMPLETION_INDEX');
  }
  throw new SwizzleError(
    'usage',
    '--part: which one? Neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; write --part 3/16',
  );
}

function checked(part: Part, name: string): Part {
  if (Number.isInteger(part.index) && part.index >= 0 && part.index < part.count) return part;
  throw new SwizzleError('usage', `--part: ${name} is outside the ${part.count} parts that the scheduler tells of`);
}

function missing(name: string): SwizzleError {
  return new SwizzleError('usage', `--part: the scheduler tells which part, but not of how many: ${name} is not set`);
}

/** Numbers of parts as people list them: "2, 5 to 9 of 16". */
export function partList(indices: readonly number[], count: number): string {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  const text = runs.map(([first, last]) => {
    return first === last
      ? `${first + 1}`
      : last === first + 1
        ? `${first + 1}, ${last + 1}`
        : `${first + 1} to ${last + 1}`;
  });
  return `${text.join(', ')} of ${count}`;
}
