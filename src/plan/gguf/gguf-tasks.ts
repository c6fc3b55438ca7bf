import { DTYPES, isFloat } from '../../dtype.ts';
import { Q8_BLOCK } from '../../elements/encoding.ts';
import { SwizzleError } from '../../errors.ts';
import { GGUF_TYPES, type GgufType, isGgufType } from '../../models/checkpoint/gguf/element-types.ts';
import { ggufName, isLeftOut } from '../../models/checkpoint/gguf/names.ts';
import { isHead } from '../../models/checkpoint/names.ts';
import type { GgufConfig } from './gguf-config.ts';
import type { InterleavedRows, OutputForm } from '../output-form.ts';
import { kernelFor, type TaskOutput, type TensorTask } from '../tasks.ts';

/** A GGUF file as output, as asked for. */
export interface GgufWishes {
  /** Of matrices; norms and biases are F32. By default what the merge's dtype is. */
  readonly type?: GgufType | undefined;
  /** `tokenizer.ggml.pre`, where the tokenizer does not tell: how llama.cpp splits text before BPE. */
  readonly pre?: string | undefined;
}

/** The same with what is known of the model beside its weights. */
export interface GgufWanted extends GgufWishes {
  /** `general.name`. */
  readonly name: string;
  /** The tokenizer's files, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** @param what cannot be written, and why */
export function unwritable(what: string): SwizzleError {
  return new SwizzleError('checkpoint', `cannot be written as GGUF: ${what}`);
}

/** Names that a message lists. */
const MOST_NAMES = 8;

/** Tasks whose outputs are what a GGUF file holds, their names in it, and the type that its matrices have. */
export interface GgufTasks {
  readonly tasks: readonly TensorTask[];
  /** One a task. */
  readonly names: readonly string[];
  readonly type: GgufType;
}

/**
 * The tensors of a merge as llama.cpp has them: norms and biases in F32, matrices in one type, rows and norms as it computes
 * with them. What it computes itself is left out.
 * @throws SwizzleError 'checkpoint' that lists the tensors that have no name in GGUF
 */
export function ggufTasks(tasks: readonly TensorTask[], config: GgufConfig, wanted: GgufType | undefined): GgufTasks {
  const { architecture, isTied } = config;
  const kept = tasks.filter(({ name }) => !isLeftOut(name) && !(isTied && isHead(name)));
  const named = kept.map((task) => ({ task, name: ggufName(task.name, architecture) }));
  const strangers = named.filter(({ task, name }) => name === undefined || !isFloat(task.outputs[0]?.dtype ?? 'U8'));
  if (strangers.length > 0) {
    const list = strangers.slice(0, MOST_NAMES).map(({ task }) => task.name);
    const more = strangers.length - list.length;
    throw unwritable(
      `architecture ${architecture.name} has no place for ${list.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    );
  }
  const type = wanted ?? commonType(kept);
  return {
    type,
    names: named.map(({ name }) => name ?? ''),
    tasks: kept.map((task) => {
      const outputs = task.outputs.map((output) => written(task, output, config, type));
      return { ...task, outputs, kernel: kernelFor('F32', task.inputs, outputs) };
    }),
  };
}

/** ggml's number for what is written of an output. */
export function elementNumber({ dtype, form }: TaskOutput): number {
  const type = form?.blocks === 'q8_0' ? 'Q8_0' : dtype;
  if (!isGgufType(type)) throw unwritable(`no tensor of it may be ${DTYPES[dtype].torch}`);
  return GGUF_TYPES[type].element;
}

/** The dtype of the first matrix. */
function commonType(tasks: readonly TensorTask[]): GgufType {
  const dtype = tasks.find(({ shape }) => shape.length > 1)?.outputs[0]?.dtype ?? 'F32';
  if (isGgufType(dtype)) return dtype;
  throw unwritable(`its dtype would be ${DTYPES[dtype].torch}: ask for float16, bfloat16, float32 or q8_0`);
}

function written({ name, shape }: TensorTask, output: TaskOutput, config: GgufConfig, type: GgufType): TaskOutput {
  const isNorm = name.endsWith('norm.weight');
  const rows = interleaved(name, shape, config);
  const plus = isNorm && config.architecture.normPlusOne ? 1 : undefined;
  if (shape.length <= 1 || isNorm || type === 'F32') return formed(output, 'F32', { plus, rows });
  if (type !== 'Q8_0') return formed(output, type, { rows });
  // blocks do not go over the end of a row: llama.cpp's converter takes F16 there
  if ((shape.at(-1) ?? 1) % Q8_BLOCK !== 0) return formed(output, 'F16', { rows });
  return formed(output, 'F32', { blocks: 'q8_0', rows });
}

function formed(output: TaskOutput, dtype: TaskOutput['dtype'], form: OutputForm): TaskOutput {
  const isPlain = Object.values(form).every((value) => value === undefined);
  return { ...output, dtype, form: isPlain ? undefined : form };
}

/** Query and key of the families whose rotation llama.cpp does by even and odd rows. */
function interleaved(name: string, shape: readonly number[], config: GgufConfig): InterleavedRows | undefined {
  const [, part] = /\.self_attn\.([qk])_proj\.(?:weight|bias)$/.exec(name) ?? [];
  if (!config.architecture.interleaved || part === undefined) return undefined;
  const heads = part === 'q' ? config.heads : config.keyHeads;
  const rows = shape[0] ?? 1;
  if (rows % (2 * heads) !== 0) throw unwritable(`${name} has ${rows} rows, expected a multiple of 2 × ${heads} heads`);
  return { headRows: rows / heads, rowLength: shape.length > 1 ? (shape.at(-1) ?? 1) : 1 };
}
