import type { ByteRange } from '../elements/byte-range.ts';
import { type Checkpoint, rangesOf } from '../models/checkpoint/checkpoint.ts';
import { isFloat, type Dtype, type FloatDtype } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';

/** A stored tensor: its bytes are those of the ranges, one after another. */
export interface WeightPlace {
  readonly dtype: FloatDtype;
  /** Files by their paths. */
  readonly ranges: readonly ByteRange<string>[];
}

/** A tensor to be computed with: the stored ones that it is made from, and for each variant how. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly inputs: readonly WeightPlace[];
  /** One a variant: Σ weights[i] · inputs[i], rounded to `dtype`. */
  readonly variants: readonly { readonly dtype: FloatDtype; readonly weights: readonly number[] }[];
  /** Input number v is variant v's own, used as it is stored: there is nothing to sum. */
  readonly isOwn?: boolean | undefined;
}

/** The weights of one model, or of several merged from the same inputs. */
export interface WeightSet {
  /** For messages. */
  readonly label: string;
  readonly variants: number;
  get(tensor: string): WeightTensor | undefined;
  has(tensor: string): boolean;
  /** Called before tensors are read, where they are made only then; what was made before and is not among them is forgotten. */
  prepare?(tensors: readonly string[], signal?: AbortSignal): Promise<void>;
}

/** A checkpoint as it is stored. */
export function weightsOfCheckpoint(checkpoint: Checkpoint): WeightSet {
  const { label, tensors, shards } = checkpoint;
  return {
    label,
    variants: 1,
    has: (tensor) => tensors.has(tensor),
    get(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) return undefined;
      if (tensor.stored !== undefined) throw encoded(label, name);
      const dtype = floatOf(tensor.dtype, label, name);
      const ranges = rangesOf(tensor).map(({ file, begin, end }) => {
        return { file: shards[file]?.path ?? '', begin, end };
      });
      return { shape: tensor.shape, inputs: [{ dtype, ranges }], variants: [{ dtype, weights: [1] }] };
    },
  };
}

/** The merged models of a plan, not yet made. All tensors must be weighted sums, conversions or copies. */
export function weightsOfPlan(label: string, plan: Plan): WeightSet {
  const tasks = new Map(plan.tasks.map((task) => [task.name, task]));
  return {
    label,
    variants: plan.variants.length,
    has: (tensor) => tasks.has(tensor),
    get(name) {
      const task = tasks.get(name);
      if (task === undefined) return undefined;
      const inputs = task.inputs.map(({ dtype, ranges }) => ({
        dtype: floatOf(dtype, label, name),
        ranges: ranges.map(({ file, begin, end }) => ({ file: plan.inputs[file]?.path ?? '', begin, end })),
      }));
      const variants = task.outputs.map(({ dtype, weights }) => ({ dtype: floatOf(dtype, label, name), weights }));
      return { shape: task.shape, inputs, variants };
    },
  };
}

function encoded(label: string, tensor: string): SwizzleError {
  const what = 'is stored with scales or as an adapter, which cannot be computed with here: merge or convert it first';
  return new SwizzleError('checkpoint', `${label}: tensor ${tensor}: ${what}`);
}

/** @throws SwizzleError 'checkpoint' */
export function floatOf(dtype: Dtype, label: string, tensor: string): FloatDtype {
  if (isFloat(dtype)) return dtype;
  throw new SwizzleError('checkpoint', `${label}: tensor ${tensor}: expected floats to compute with, found ${dtype}`);
}
