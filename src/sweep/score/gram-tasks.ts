import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { mapEncoding } from '../../checkpoint/forms/encoding.ts';
import { elementCount } from '../../checkpoint/header/header.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ChunkInput } from '../../plan/chunks/chunk.ts';
import { operandDtype } from '../../plan/derived-operand.ts';
import { operandOf } from '../../plan/operand.ts';
import type { Plan } from '../../plan/plan.ts';
import { findTensor } from '../../plan/layers/tied.ts';
import { grams, type GramTask, type OpenPath, type PlacePart, type TensorGram, type TensorPlace } from './gram.ts';

/** A tensor in several places, by the roles that they play. */
export interface NumberedTask {
  readonly task: GramTask;
  /** Which version is which input's, and which reference's. */
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

/** Its inner products. */
export interface PreparedTensor {
  readonly gram: TensorGram;
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

/** Takes the inner products of all tasks in one read. */
export async function prepare(
  tasks: readonly NumberedTask[],
  open: OpenPath,
  signal: AbortSignal,
): Promise<PreparedTensor[]> {
  const found: PreparedTensor[] = [];
  const all = grams(
    tasks.map(({ task }) => task),
    open,
    signal,
  );
  for await (const gram of all) {
    const task = tasks[found.length];
    found.push({ gram, inputs: task?.inputs ?? [], references: task?.references ?? [] });
  }
  return found;
}

/** Float tensors of the inputs, each beside its counterparts in the references. */
export function inputTasks(plan: Plan, references: readonly Checkpoint[]): NumberedTask[] {
  return plan.tasks.flatMap(({ name, elements, inputs }) => {
    const pathOf = (file: number): string => plan.inputs[file]?.path ?? '';
    const floats = inputs.filter((input) => isFloat(operandDtype(input)));
    const places = floats.map((input) => operandPlace(input, pathOf));
    return places.length === 0 ? [] : [numbered(name, elements, places, references)];
  });
}

/** Float tensors of a merge on disk, each beside its counterparts in the references. */
export function measuredTasks(merged: Checkpoint, references: readonly Checkpoint[]): NumberedTask[] {
  return [...merged.tensors.values()].flatMap(({ name, shape }) => {
    const place = placeOf(merged, name, elementCount(shape));
    return place === undefined ? [] : [numbered(name, elementCount(shape), [place], references)];
  });
}

/** Each place once, however many inputs and references share it. */
function numbered(
  name: string,
  elements: number,
  inputs: readonly TensorPlace[],
  references: readonly Checkpoint[],
): NumberedTask {
  const places: TensorPlace[] = [];
  const numberOf = (place: TensorPlace): number => {
    const at = places.findIndex(({ parts }) => samePlace(parts, place.parts));
    return at < 0 ? places.push(place) - 1 : at;
  };
  const own = inputs.map(numberOf);
  const others = references.map((reference) => {
    const place = placeOf(reference, name, elements);
    if (place !== undefined) return numberOf(place);
    throw new SwizzleError('mismatch', `${reference.label}: no float tensor ${name} of ${elements} elements`, {
      details: { tensor: name },
    });
  });
  return { task: { name, elements, places }, inputs: own, references: others };
}

function placeOf(checkpoint: Checkpoint, name: string, elements: number): TensorPlace | undefined {
  const tensor = findTensor(checkpoint, name);
  if (tensor === undefined || !isFloat(tensor.dtype) || elementCount(tensor.shape) !== elements) return undefined;
  return operandPlace(
    operandOf(checkpoint, tensor, (path) => checkpoint.shards.findIndex((shard) => shard.path === path)),
    (file) => checkpoint.shards[file]?.path ?? '',
  );
}

/** Where an operand is, by the paths of the files that it numbers. */
function operandPlace({ dtype, ranges, derive }: ChunkInput, pathOf: (file: number) => string): TensorPlace {
  const partsOf = (list: ChunkInput['ranges']): PlacePart[] =>
    list.map(({ file, begin, length }) => ({ path: pathOf(file), begin, end: begin + length }));
  const parts = partsOf(ranges);
  const encoding =
    derive &&
    mapEncoding(derive.encoding, (whole): TensorPlace => ({ dtype: whole.dtype, parts: partsOf(whole.ranges) }));
  return { dtype, parts, encoding };
}

function samePlace(a: readonly PlacePart[], b: readonly PlacePart[]): boolean {
  return a.length === b.length && a.every((part, at) => part.path === b[at]?.path && part.begin === b[at]?.begin);
}
