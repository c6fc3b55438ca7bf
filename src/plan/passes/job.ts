import { SwizzleError, messageOf } from '../../errors.ts';
import type { Elementwise } from '../kernel/elementwise.ts';
import { BLOCK_ELEMENTS } from '../kernel/statistics.ts';
import type { Request, WeightedSum, Work } from '../methods/work.ts';
import type { Chunk, ChunkOutput, OverflowMode } from '../chunks/chunk.ts';
import { type ChunkShape, commonStep, SpanCutter } from '../chunks/cut.ts';
import type { PlacedTask } from '../chunks/spans.ts';
import type { TensorTask } from '../tasks.ts';
import { columnUnit } from './gram-run.ts';
import { makeRuns, type Runs } from './make-runs.ts';
import { columnsOf, type Pass, type PassAnswer, rowLengthOf, type TensorForm } from './statistic-run.ts';

/** One tensor whose outputs are computed in passes: statistics, then an element-wise one. Its parts depend on one another. */
export interface Job extends PlacedTask {
  readonly onOverflow: OverflowMode;
  /** All tensors of the model, where one of its outputs depends on them. */
  readonly all?: readonly TensorTask[] | undefined;
}

/** A job under way. Each round says what to run, and takes what that has found. Pure: it reads and computes nothing itself. */
export class OpenJob {
  readonly #job: Job;
  readonly #form: TensorForm;
  #works: readonly Work[];
  #runs: Runs | undefined;
  #finished = false;

  constructor(job: Job) {
    this.#job = job;
    this.#form = formOf(job);
    this.#works = job.task.outputs.map(({ work, weights }) => work ?? { kind: 'weighted_sum', weights });
  }

  /** What is to be run now, uncut; empty when the outputs are written. */
  next(): readonly Chunk[] {
    if (this.#finished) return [];
    const asked = this.#works.flatMap((work) => (work.kind === 'ask' ? [work.request] : []));
    if (asked.length === 0) {
      this.#finished = true;
      return this.#finals();
    }
    this.#runs ??= makeRuns(this.#form, asked);
    return this.#runs.runs.flatMap((run) => run.next()).map((pass) => statisticChunk(this.#job, pass));
  }

  /**
   * Takes the answers to the last `next`, a list a chunk as cut.
   * @throws SwizzleError 'recipe' where a method finds that the numbers give no result
   */
  take(answers: readonly (readonly PassAnswer[])[]): void {
    const runs = this.#runs;
    if (runs === undefined) return;
    let at = 0;
    for (const run of runs.runs) {
      const count = run.next().length;
      if (count > 0) run.take(answers.slice(at, at + count));
      at += count;
    }
    if (runs.runs.some((run) => run.next().length > 0)) return;
    try {
      this.#works = this.#works.map((work) => (work.kind === 'ask' ? work.next(runs.answer(work.request)) : work));
    } catch (cause) {
      throw new SwizzleError('recipe', `tensor ${this.#job.task.name}: ${messageOf(cause)}`, {
        cause,
        details: { tensor: this.#job.task.name },
      });
    }
    this.#runs = undefined;
  }

  /** Outputs that are computed alike go through one chunk. */
  #finals(): Chunk[] {
    const groups = new Map<string, ChunkOutput[]>();
    for (const [index, work] of this.#works.entries()) {
      if (work.kind === 'ask') continue;
      if (work.kind === 'matrix') throw new RangeError(`tensor ${this.#job.task.name} is made by whole matrices`);
      const key = work.kind === 'weighted_lines' ? `${work.kind} ${work.per}` : work.kind;
      groups.set(key, [...(groups.get(key) ?? []), outputOf(this.#job, index, work)]);
    }
    return [...groups.values()].map((outputs) => finalChunk(this.#job, outputs));
  }
}

function formOf({ task: { elements, shape, inputs } }: Job): TensorForm {
  return { elements, shape, inputs: inputs.length };
}

/** A pass over a tensor as a chunk, uncut. */
export function statisticChunk(
  job: Pick<Job, 'task' | 'onOverflow'>,
  { statistic, begin, end, unit, rowLength }: Pass,
): Chunk {
  const { name, elements } = job.task;
  const whole: Chunk = {
    kernel: 'statistic',
    elements,
    inputs: job.task.inputs,
    outputs: [],
    onOverflow: job.onOverflow,
    tensors: [{ name, end: elements }],
    statistic,
    part: { first: 0, elements, rowLength, unit },
  };
  return begin === 0 && end === elements ? whole : new SpanCutter(whole).cut(begin, end);
}

function outputOf({ task, places }: Job, index: number, work: WeightedSum | Elementwise): ChunkOutput {
  const [output, place] = [task.outputs[index], places[index]];
  if (output === undefined || place === undefined) throw new RangeError(`tensor ${task.name} has no output ${index}`);
  const where = { dtype: output.dtype, file: place.shard, begin: place.begin, form: output.form };
  return work.kind === 'weighted_sum'
    ? { ...where, weights: work.weights }
    : { ...where, weights: [], elementwise: work };
}

function finalChunk(job: Job, outputs: readonly ChunkOutput[]): Chunk {
  const { name, elements } = job.task;
  const chunk = {
    elements,
    inputs: job.task.inputs,
    outputs,
    onOverflow: job.onOverflow,
    tensors: [{ name, end: elements }],
  };
  const settings = outputs[0]?.elementwise;
  if (settings === undefined) return { ...chunk, kernel: 'weighted_sum' };
  const form = formOf(job);
  const rowLength =
    settings.kind === 'weighted_lines' && settings.per === 'column' ? columnsOf(form) : rowLengthOf(form);
  const unit = outputs.some(({ elementwise }) => needsRows(elementwise)) ? rowLength : 1024;
  return { ...chunk, kernel: 'elementwise', part: { first: 0, elements, rowLength, unit } };
}

/** Whether chunks must hold whole rows. */
function needsRows(settings: Elementwise | undefined): boolean {
  return settings?.kind === 'task_vectors' && settings.terms.some(({ keep }) => keep.kind === 'ranked');
}

/** Elements of the chunks that every pass of a job can be cut into; undefined where there is no such cut. */
export function jobStep(job: Job, chunkBytes: number, limits: ChunkShape): number | undefined {
  const form = formOf(job);
  const outputs = job.task.outputs.map((_, index) => outputOf(job, index, { kind: 'weighted_sum', weights: [] }));
  const columns = job.task.outputs.some(({ work }) => work?.kind === 'ask' && asksColumns(work.request));
  const units = [BLOCK_ELEMENTS, rowLengthOf(form), ...(columns ? [columnUnit(form)] : [])];
  return commonStep(finalChunk(job, outputs), units, chunkBytes, limits);
}

/** Chunks, uncut, none smaller than what a job may come to: what lanes are made for. */
export function jobShapes(job: Job): Chunk[] {
  const form = formOf(job);
  const outputs = job.task.outputs.map((_, index) => outputOf(job, index, { kind: 'weighted_sum', weights: [] }));
  const columns = job.task.outputs.some(({ work }) => work?.kind === 'ask' && asksColumns(work.request));
  const rows = Math.max(BLOCK_ELEMENTS, columns ? columnUnit(form) : rowLengthOf(form));
  const whole = { first: 0, elements: form.elements, rowLength: rows, unit: rows };
  const chunk = finalChunk(job, outputs);
  // cut by units and by smaller steps: either may come out larger
  const finals = [chunk, { ...chunk, part: whole }];
  // a statistic writes nothing: its chunks may hold more elements than those of wide outputs
  return [...finals, ...finals.map((one) => ({ ...one, outputs: [] })), ...largestOfAll(job)];
}

function asksColumns(request: Request): boolean {
  return request.kind === 'gram' && request.per === 'column';
}

/** A pass over the model's largest tensor, where a job depends on all of them. */
function largestOfAll({ all = [], onOverflow, task }: Job): Chunk[] {
  const others = all.filter(({ inputs }) => inputs.length === task.inputs.length);
  const most = others.reduce((largest, one) => (one.elements > largest.elements ? one : largest), task);
  if (all.length === 0) return [];
  const { elements, inputs, name } = most;
  const part = { first: 0, elements, rowLength: 1, unit: 1024 };
  return [{ kernel: 'statistic', elements, inputs, outputs: [], onOverflow, tensors: [{ name, end: elements }], part }];
}
