import { SwizzleError } from '../errors.ts';
import { isPickled, isWeightFile } from './read-shard.ts';

/** Indexes of sharded checkpoints, in the order in which they are looked for. */
export const INDEXES = ['model.safetensors.index.json', 'pytorch_model.bin.index.json'] as const;

const SINGLES = ['model.safetensors', 'pytorch_model.bin'] as const;

/** Files that torch.save writes beside the weights while a model is trained. */
const TRAINING = /^(training_args|optimizer|scheduler|scaler|rng_state[^.]*|global_step\d+|adapter_model)\./;

/** Whether a file is the weights of a PEFT adapter. @param name without folders */
export function isAdapterFile(name: string): boolean {
  return name === 'adapter_model.safetensors' || name === 'adapter_model.bin';
}

/** Where a folder's weights are: named by an index that is still to be read, or one file. */
export type WeightsChoice = { readonly index: string } | { readonly single: string };

/**
 * Chooses the weights among the names of a folder's files: safetensors before pickles; an index, else the usual name,
 * else the only file of that form; an adapter where there is nothing else.
 * @param model for messages
 * @throws SwizzleError 'checkpoint' when there are none, or several that nothing says how to join
 */
export function chooseWeightFiles(model: string, names: readonly string[]): WeightsChoice {
  const weights = names.filter((name) => isWeightFile(name) && !TRAINING.test(name));
  for (const [form, index] of INDEXES.entries()) {
    if (names.includes(index)) return { index };
    const single = SINGLES[form] ?? '';
    if (weights.includes(single)) return { single };
    const own = weights.filter((name) => isPickled(name) === isPickled(single));
    const [only] = own;
    if (only !== undefined && own.length === 1) return { single: only };
    if (only !== undefined) {
      const form = only.slice(only.lastIndexOf('.'));
      throw new SwizzleError(
        'checkpoint',
        `${model}: has ${own.length} ${form} files but no ${index} that says how they belong together`,
      );
    }
  }
  const adapter = names.find((name) => isAdapterFile(name));
  if (adapter !== undefined) return { single: adapter };
  if (names.includes('adapter_config.json')) {
    throw new SwizzleError(
      'checkpoint',
      `${model}: holds an adapter (adapter_config.json) without its weights, not a model`,
    );
  }
  throw new SwizzleError('checkpoint', `${model}: holds no ${SINGLES.join(' and no ')}, nor an index of shards`);
}
