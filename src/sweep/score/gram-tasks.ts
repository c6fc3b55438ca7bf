import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { Gram } from '../../plan/methods/parts/gram.ts';
import type { ChunkInput } from '../../plan/chunks/chunk.ts';
import type { ByteRange } from '../../elements/byte-range.ts';
import { operandDtype } from '../../plan/derived-operand.ts';
import { findTensor } from '../../plan/layers/text-config.ts';
import { numberFiles } from '../../models/models.ts';
import { operandOf } from '../../plan/operand.ts';
import type { Plan } from '../../plan/plan.ts';
import { type GramTask, type GramWork, grams, type OpenFile } from './gram.ts';

/** A tensor in several places, by the roles that they play. */
interface NumberedTask extends GramTask {
  /** Which version is which input's, and which reference's. */
  readonly versions: readonly number[];
  readonly references: readonly number[];
}

/** Tensors to be measured, and the files that they are in. */
export interface NumberedWork extends GramWork {
  readonly tasks: readonly NumberedTask[];
}

/** Its inner products. */
export interface PreparedTensor {
  readonly name: string;
  readonly gram: Gram;
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

type NumberOf = (path: string) => number;

/** Takes the inner products of all tasks in one read. */
export async function prepare(
  work: NumberedWork,
  open: OpenFile,
  signal: AbortSignal,
  onShare?: (share: number) => void,
): Promise<PreparedTensor[]> {
  const found = await grams(work, open, signal, onShare);
  return work.tasks.flatMap(({ name, versions: inputs, references }, index) => {
    const gram = found[index];
    return gram === undefined ? [] : [{ name, gram, inputs, references }];
  });
}

/** Float tensors of the inputs, each beside its counterparts in the references. */
export function inputTasks(plan: Plan, references: readonly Checkpoint[]): NumberedWork {
  // the plan's own files come first, and keep their numbers
  const { files, numberOf } = numberFiles([{ shards: plan.inputs }, ...references]);
  const tasks = plan.tasks.flatMap(({ name, elements, inputs }) => {
    const floats = inputs.filter((input) => isFloat(operandDtype(input)));
    return floats.length === 0 ? [] : [numbered(name, elements, floats, references, numberOf)];
  });
  return { tasks, files };
}

/** Float tensors of a merge on disk, each beside its counterparts in the references. */
export function measuredTasks(merged: Checkpoint, references: readonly Checkpoint[]): NumberedWork {
  const { files, numberOf } = numberFiles([merged, ...references]);
  const tasks = [...merged.tensors.values()].flatMap(({ name, shape }) => {
    const operand = operandIn(merged, name, elementCount(shape), numberOf);
    return operand === undefined ? [] : [numbered(name, elementCount(shape), [operand], references, numberOf)];
  });
  return { tasks, files };
}

/** Each place once, however many inputs and references share it. */
function numbered(
  name: string,
  elements: number,
  operands: readonly ChunkInput[],
  references: readonly Checkpoint[],
  fileNumber: NumberOf,
): NumberedTask {
  const inputs: ChunkInput[] = [];
  const numberOf = (operand: ChunkInput): number => {
    const at = inputs.findIndex(({ ranges }) => samePlace(ranges, operand.ranges));
    return at < 0 ? inputs.push(operand) - 1 : at;
  };
  const versions = operands.map(numberOf);
  const others = references.map((reference) => {
    const operand = operandIn(reference, name, elements, fileNumber);
    if (operand !== undefined) return numberOf(operand);
    throw new SwizzleError('mismatch', `${reference.label}: no float tensor ${name} of ${elements} elements`, {
      details: { tensor: name },
    });
  });
  return { name, elements, inputs, versions, references: others };
}

function operandIn(
  checkpoint: Checkpoint,
  name: string,
  elements: number,
  fileNumber: NumberOf,
): ChunkInput | undefined {
  const tensor = findTensor(checkpoint, name);
  if (tensor === undefined || !isFloat(tensor.dtype) || elementCount(tensor.shape) !== elements) return undefined;
  return operandOf(checkpoint, tensor, fileNumber);
}

function samePlace(a: readonly ByteRange[], b: readonly ByteRange[]): boolean {
  return a.length === b.length && a.every(({ file, begin }, at) => file === b[at]?.file && begin === b[at]?.begin);
}
