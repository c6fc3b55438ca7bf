import type { Windows } from '../matrix/device.ts';
import { byteLength, type FloatDtype } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { Program, Stage, Step } from './program.ts';
import { type Batch, batchesOf, type Sequence } from './sequences.ts';
import { type StageWeight, stageWeights } from './stage-weights.ts';
import { type Table, tablesOf } from './tables.ts';
import type { WeightSet } from './weights.ts';

/** Rows of a batch, at most: activations of so many tokens pass through a stage together. */
const BATCH_ROWS = 1024;

/** Where there are many rows, a task takes so many: their activations stay in a core's cache. */
const TASK_ROWS = 256;

/** Tasks a thread, at least: fewer, and one thread waits long for another. */
const TASKS_EACH = 4;

/** Operands begin at multiples of this; WebGPU binds buffers so. */
const ALIGNMENT = 256;

/** Kernels touch up to this many bytes past an operand's end. */
const OVERRUN = 256;

/** A weight of a stage with its places in memory. */
export interface PlacedWeight extends StageWeight {
  /** Where each stored input is read to. */
  readonly raw: readonly number[];
  /** Where each variant's is computed with, in turn; where it was read to if it is used as it is stored. */
  readonly ready: readonly number[];
  /** Where a merged tensor stands before it is converted to f32; undefined: no such step. */
  readonly merged: number | undefined;
  /** dtype at `ready` for each variant. */
  readonly dtypes: readonly FloatDtype[];
}

export interface PlacedStage {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly weights: ReadonlyMap<string, PlacedWeight>;
}

export interface LayoutOptions {
  /** Tasks that the device runs at a time. */
  readonly parallel?: number | undefined;
  /** Most rows of a batch; a longer sequence is a batch of its own. Changes no result. */
  readonly batchRows?: number | undefined;
}

/** Where everything is in a run's memory. Plain data, made before a byte is read. */
export interface Layout {
  readonly bytes: number;
  /** Of `bytes`: room for weights as stored (of two stages), made for a variant, and activations. */
  readonly share: { readonly stored: number; readonly made: number; readonly activations: number };
  readonly batches: readonly Batch[];
  /** Slots that are not kept: one window, or one for each thread where batches are computed apart. */
  readonly windows: Windows;
  readonly tables: readonly Table[];
  readonly stages: readonly PlacedStage[];
  /** Address of a slot's first row for a variant; slots that are not kept are the same for all. */
  slot(name: string, variant: number): number;
  readonly rows: number;
  readonly pickedRows: number;
}

/**
 * Lays out a run's memory: tables, kept slots for each variant, slots of one batch, weights of two stages as stored (one is
 * read while the other is computed with), weights made for one variant.
 * @throws SwizzleError 'checkpoint' when a tensor is missing or has another shape
 */
export function layOutRun(
  program: Program,
  weights: WeightSet,
  sequences: readonly Sequence[],
  { parallel = 1, batchRows }: LayoutOptions = {},
): Layout {
  const total = sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const isLarge = total >= TASKS_EACH * parallel * TASK_ROWS;
  const batches = batchesOf(sequences, batchRows ?? (isLarge ? TASK_ROWS : BATCH_ROWS));
  const apart = parallel > 1 && batches.length >= TASKS_EACH * parallel;
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const pickedRows = batches.reduce((sum, batch) => sum + batch.pickedRows, 0);
  // address 0 stands for nothing in the kernels
  const next = new Addresses(ALIGNMENT);
  const tables = tablesOf(program, sequences, batches, (bytes) => next.take(bytes));
  const kept = new Map<string, { address: number; step: number }>();
  const begun = next.end;
  const most = (of: 'rows' | 'pickedRows'): number => Math.max(1, ...batches.map((batch) => batch[of]));
  const slots = Object.entries(program.slots);
  for (const [name, { width, rows: kind }] of slots.filter(([, slot]) => slot.kept)) {
    const step = aligned((kind === 'tokens' ? rows : pickedRows) * width * 4 + OVERRUN);
    kept.set(name, { address: next.take(step * weights.variants), step });
  }
  const window = next.end;
  for (const [name, { width, rows: kind }] of slots.filter(([, slot]) => !slot.kept)) {
    const bytes = most(kind === 'tokens' ? 'rows' : 'pickedRows') * width * 4 + OVERRUN;
    kept.set(name, { address: next.take(bytes), step: 0 });
  }
  const windows = { begin: window, step: next.end - window, count: apart ? parallel : 1 };
  next.take(windows.step * (windows.count - 1));
  const activations = next.end - begun;
  const perStage = program.stages.map((stage) => stageWeights(stage, weights, sequences));
  const rawBytes = [0, 1].map((parity) =>
    Math.max(0, ...perStage.filter((_, index) => index % 2 === parity).map((stage) => sum(stage.map(rawSize)))),
  );
  const madeBytes = Math.max(0, ...perStage.map((stage) => sum(stage.map(madeSize))));
  const stored = rawBytes.map((bytes) => next.take(bytes));
  const made = next.take(madeBytes);
  const stages = program.stages.map((stage, index): PlacedStage => {
    return place(stage, perStage[index] ?? [], stored[index % 2] ?? 0, made);
  });
  return {
    bytes: next.end,
    share: { stored: sum(rawBytes), made: madeBytes, activations },
    batches,
    windows,
    tables,
    stages,
    rows,
    pickedRows,
    slot(name, variant) {
      const slot = kept.get(name);
      if (slot === undefined) throw new SwizzleError('internal', `the program has no slot ${name}`);
      return slot.address + variant * slot.step;
    },
  };
}

function place(stage: Stage, weights: readonly StageWeight[], stored: number, made: number): PlacedStage {
  const raw = new Addresses(stored);
  const ready = new Addresses(made);
  const placed = weights.map((weight): [string, PlacedWeight] => {
    const addresses = weight.inputs.map(({ dtype }) => raw.take(byteLength(dtype, weight.elements) + OVERRUN));
    const merged = weight.isMerged && weight.isConverted ? ready.take(mergedSize(weight)) : undefined;
    const size = weight.isConverted ? weight.elements * 4 + OVERRUN : mergedSize(weight);
    const at = weight.isMerged || weight.isConverted ? ready.take(size) : undefined;
    const readyAt = weight.variants.map((_, variant) => at ?? addresses[weight.isOwn ? variant : 0] ?? 0);
    const dtypes = weight.variants.map(({ dtype }) => (weight.isConverted ? 'F32' : dtype));
    return [weight.key, { ...weight, raw: addresses, merged, ready: readyAt, dtypes }];
  });
  return { name: stage.name, steps: stage.steps, weights: new Map(placed) };
}

function rawSize({ inputs, elements }: StageWeight): number {
  return sum(inputs.map(({ dtype }) => aligned(byteLength(dtype, elements) + OVERRUN)));
}

function madeSize(weight: StageWeight): number {
  const merged = weight.isMerged ? aligned(mergedSize(weight)) : 0;
  return merged + (weight.isConverted ? aligned(weight.elements * 4 + OVERRUN) : 0);
}

function mergedSize({ variants, elements }: StageWeight): number {
  return Math.max(...variants.map(({ dtype }) => byteLength(dtype, elements))) + OVERRUN;
}

/** The elements of the largest head, and the tokens of the longest sequence: what attention needs room for. */
export function attentionNeeds(
  program: Program,
  sequences: readonly Sequence[],
): { readonly longest: number; readonly headSize: number } {
  const sizes = program.stages.flatMap(({ steps }) =>
    steps.map((step) => (step.do === 'attend' ? (program.slots[step.q]?.width ?? 0) / step.heads : 0)),
  );
  return { longest: Math.max(1, ...sequences.map(({ tokens }) => tokens.length)), headSize: Math.max(1, ...sizes) };
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

class Addresses {
  end: number;

  constructor(begin: number = 0) {
    this.end = begin;
  }

  take(bytes: number): number {
    const address = this.end;
    this.end += aligned(bytes);
    return address;
  }
}
