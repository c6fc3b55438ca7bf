import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { mapEncoding } from '../../checkpoint/forms/encoding.ts';
import { elementCount } from '../../checkpoint/header/header.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ByteRange, ChunkInput } from '../../plan/chunks/chunk.ts';
import { operandDtype, type WholeOperand } from '../../plan/derived-operand.ts';
import { findTensor } from '../../plan/layers/tied.ts';
import { operandOf } from '../../plan/operand.ts';
import type { Plan } from '../../plan/plan.ts';
import { type GramTask, type GramWork, grams, type OpenPath, type TensorGram } from './gram.ts';

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
  readonly gram: TensorGram;
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

/** Takes the inner products of all tasks in one read. */
export async function prepare(work: NumberedWork, open: OpenPath, signal: AbortSignal): Promise<PreparedTensor[]> {
  const found = await grams(work, open, signal);
  return found.map((gram, index) => {
    const { versions: inputs = [], references = [] } = work.tasks[index] ?? {};
    return { gram, inputs, references };
  });
}

/** Float tensors of the inputs, each beside its counterparts in the references. */
export function inputTasks(plan: Plan, references: readonly Checkpoint[]): NumberedWork {
  const files = new JointFiles();
  const tasks = plan.tasks.flatMap(({ name, elements, inputs }) => {
    const floats = inputs.filter((input) => isFloat(operandDtype(input)));
    const operands = floats.map((input) => files.operand(input, (file) => plan.inputs[file]?.path ?? ''));
    return operands.length === 0 ? [] : [numbered(name, elements, operands, references, files)];
  });
  return { tasks, paths: files.paths };
}

/** Float tensors of a merge on disk, each beside its counterparts in the references. */
export function measuredTasks(merged: Checkpoint, references: readonly Checkpoint[]): NumberedWork {
  const files = new JointFiles();
  const tasks = [...merged.tensors.values()].flatMap(({ name, shape }) => {
    const operand = operandIn(merged, name, elementCount(shape), files);
    return operand === undefined ? [] : [numbered(name, elementCount(shape), [operand], references, files)];
  });
  return { tasks, paths: files.paths };
}

/** Each place once, however many inputs and references share it. */
function numbered(
  name: string,
  elements: number,
  operands: readonly ChunkInput[],
  references: readonly Checkpoint[],
  files: JointFiles,
): NumberedTask {
  const inputs: ChunkInput[] = [];
  const numberOf = (operand: ChunkInput): number => {
    const at = inputs.findIndex(({ ranges }) => samePlace(ranges, operand.ranges));
    return at < 0 ? inputs.push(operand) - 1 : at;
  };
  const versions = operands.map(numberOf);
  const others = references.map((reference) => {
    const operand = operandIn(reference, name, elements, files);
    if (operand !== undefined) return numberOf(operand);
    throw new SwizzleError('mismatch', `${reference.label}: no float tensor ${name} of ${elements} elements`, {
      details: { tensor: name },
    });
  });
  return { name, elements, inputs, versions, references: others };
}

function operandIn(checkpoint: Checkpoint, name: string, elements: number, files: JointFiles): ChunkInput | undefined {
  const tensor = findTensor(checkpoint, name);
  if (tensor === undefined || !isFloat(tensor.dtype) || elementCount(tensor.shape) !== elements) return undefined;
  return operandOf(checkpoint, tensor, (path) => files.numberOf(path));
}

/** Numbers the files of all inputs and references, each path once. */
class JointFiles {
  readonly paths: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(path: string): number {
    const known = this.#numbers.get(path);
    if (known !== undefined) return known;
    this.#numbers.set(path, this.paths.length);
    return this.paths.push(path) - 1;
  }

  /** An operand that numbers its files otherwise. */
  operand({ dtype, ranges, derive }: ChunkInput, pathOf: (file: number) => string): ChunkInput {
    const moved = (list: readonly ByteRange[]): ByteRange[] =>
      list.map((range) => ({ ...range, file: this.numberOf(pathOf(range.file)) }));
    if (derive === undefined) return { dtype, ranges: moved(ranges) };
    const whole = (one: WholeOperand): WholeOperand => ({ dtype: one.dtype, ranges: moved(one.ranges) });
    return { dtype, ranges: moved(ranges), derive: { ...derive, encoding: mapEncoding(derive.encoding, whole) } };
  }
}

function samePlace(a: readonly ByteRange[], b: readonly ByteRange[]): boolean {
  return a.length === b.length && a.every(({ file, begin }, at) => file === b[at]?.file && begin === b[at]?.begin);
}
