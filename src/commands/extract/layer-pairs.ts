import { architectureOf } from '../../models/checkpoint/architecture.ts';
import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { isEmbedding, isHead } from '../../models/checkpoint/names.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';

/** A tensor of both models, of one shape. */
export interface TensorPair {
  readonly name: string;
  readonly base: CheckpointTensor;
  readonly model: CheckpointTensor;
}

/** What is not looked at, and why. */
export interface Unpaired {
  readonly name: string;
  readonly why: string;
}

/** The tensors of a base model and a fine-tune of it, by what an adapter can do with them. */
export interface LayerPairs {
  /** Weights of linear layers. */
  readonly layers: readonly TensorPair[];
  /** Floats that PEFT can keep as they are: weights and biases of other modules, biases of linear layers. */
  readonly others: readonly TensorPair[];
  readonly unpaired: readonly Unpaired[];
  /** Whether linear layers are stored [in, out], as in GPT-2. */
  readonly transposed: boolean;
}

/** Tables of embeddings that are not the tokens'. */
const TABLE = /(^|[._])(\w*embed(ding|dings|_positions|_tokens)?|wpe|wte|relative_attention_bias)\.weight$/;

/** Families whose linear layers are transformers' Conv1D. */
const CONV1D: ReadonlySet<string> = new Set(['gpt2', 'openai-gpt', 'imagegpt', 'decision_transformer']);

/**
 * Pairs the tensors of two models by name.
 * @throws SwizzleError 'mismatch' that lists linear layers that one of them lacks, or that differ in shape
 */
export function pairLayers(base: Checkpoint, model: Checkpoint): LayerPairs {
  const layers: TensorPair[] = [];
  const others: TensorPair[] = [];
  const unpaired: Unpaired[] = [];
  const problems: string[] = [];
  for (const name of new Set([...base.tensors.keys(), ...model.tensors.keys()])) {
    const [own, other] = [base.tensors.get(name), model.tensors.get(name)];
    const isLayer = isLinear(own ?? other);
    const why = problemOf(own, other, base.label, model.label);
    if (why !== undefined) {
      if (isLayer) problems.push(`  ${name}: ${why}`);
      else unpaired.push({ name, why });
    } else if (own !== undefined && other !== undefined) {
      if (isLayer) layers.push({ name, base: own, model: other });
      else if (isFloat(own.dtype) && isFloat(other.dtype) && /\.(weight|bias)$/.test(name)) {
        others.push({ name, base: own, model: other });
      } else unpaired.push({ name, why: 'is neither a weight nor a bias of floats' });
    }
  }
  if (problems.length > 0 || layers.length === 0) {
    const head = `${model.label} is no fine-tune of ${base.label}`;
    const count = problems.length;
    const what = count > 0 ? `${count} linear layers do not fit:` : 'they have no linear layer in common';
    const more = count > MOST_LISTED ? [`  and ${count - MOST_LISTED} more`] : [];
    const lines = [`${head}: ${what}`, ...problems.slice(0, MOST_LISTED), ...more];
    throw new SwizzleError('mismatch', lines, { details: { count } });
  }
  const transposed = CONV1D.has(architectureOf(base.config)?.family ?? '');
  return { layers, others, unpaired, transposed };
}

const MOST_LISTED = 20;

function isLinear(tensor: CheckpointTensor | undefined): boolean {
  if (tensor === undefined) return false;
  const { name, shape, dtype, module } = tensor;
  const isMatrix = shape.length === 2 && isFloat(dtype) && name.endsWith('.weight') && module === undefined;
  return isMatrix && !isHead(name) && !isEmbedding(name) && !TABLE.test(name);
}

function problemOf(
  own: CheckpointTensor | undefined,
  other: CheckpointTensor | undefined,
  base: string,
  model: string,
): string | undefined {
  if (own === undefined) return `is not in ${base}`;
  if (other === undefined) return `is not in ${model}`;
  if (own.shape.join() === other.shape.join()) return undefined;
  return `[${other.shape.join(', ')}], in ${base} [${own.shape.join(', ')}]`;
}
