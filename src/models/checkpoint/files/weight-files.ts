import { SwizzleError } from '../../../errors.ts';
import { isGguf, isPickled, isWeightFile } from './read-shard.ts';
import { splitNames } from '../gguf/names.ts';

/** Files of weights that other programs write and that are not read here, and what they are. */
const UNREAD = [
  { is: /\.h5$/, what: "is TensorFlow's" },
  { is: /\.msgpack$/, what: "is Flax's" },
  { is: /\.onnx$/, what: 'is an ONNX graph' },
  { is: /\.npz$/, what: "is MLX's or NumPy's" },
  { is: /\.tflite$/, what: "is TensorFlow Lite's" },
] as const;

/** What a folder has in place of weights that can be read, as the end of a message; undefined where nothing is known. */
function unreadForm(names: readonly string[]): string | undefined {
  if (names.includes('model_index.json')) return 'it is a pipeline of diffusers: name the folder of one of its models';
  for (const name of names) {
    const form = UNREAD.find(({ is }) => is.test(name));
    if (form) return `${name} ${form.what} and is not read: save the model as safetensors there`;
  }
  return undefined;
}

/** Forms of weights in a folder, in the order in which they are looked for: index of shards, usual name, which files are of it. */
const FORMS = [
  {
    index: 'model.safetensors.index.json',
    single: 'model.safetensors',
    is: (name: string): boolean => name.endsWith('.safetensors'),
  },
  { index: 'pytorch_model.bin.index.json', single: 'pytorch_model.bin', is: isPickled },
  { index: undefined, single: 'model.gguf', is: isGguf },
] as const;

/** Files that torch.save writes beside the weights while a model is trained. */
const TRAINING = /^(training_args|optimizer|scheduler|scaler|rng_state[^.]*|global_step\d+|adapter_model)\./;

/** Whether a file is the weights of a PEFT adapter. @param name without folders */
export function isAdapterFile(name: string): boolean {
  return name === 'adapter_model.safetensors' || name === 'adapter_model.bin';
}

/** Whether a folder has weights or an index of them among these names; a model may be of modules alone. */
export function hasWeights(names: readonly string[]): boolean {
  return names.some((name) => isWeightFile(name) || name.endsWith('.index.json'));
}

/** Where a folder's weights are: named by an index that is still to be read, one file, or all parts of a split one. */
type WeightsChoice = { readonly index: string } | { readonly files: readonly string[] };

/**
 * Chooses the weights among the names of a folder's files: safetensors before pickles; an index, else the usual name,
 * else the only file of that form; an adapter where there is nothing else.
 * @param model for messages
 * @throws SwizzleError 'checkpoint' when there are none, or several that nothing says how to join
 */
export function chooseWeightFiles(model: string, names: readonly string[]): WeightsChoice {
  const weights = names.filter((name) => !TRAINING.test(name));
  for (const { index, single, is } of FORMS) {
    if (index !== undefined && names.includes(index)) return { index };
    if (weights.includes(single)) return { files: [single] };
    const own = weights.filter(is);
    const [only] = own;
    if (only === undefined) continue;
    const parts = splitNames(only);
    if (parts !== undefined && own.every((name) => parts.includes(name)))
      return { files: wholeSplit(model, parts, own) };
    if (own.length === 1) return { files: [only] };
    const todo = index === undefined ? ': name one of them' : ` but no ${index} that says how they belong together`;
    throw new SwizzleError(
      'checkpoint',
      `${model}: has ${own.length} ${only.slice(only.lastIndexOf('.'))} files${todo}`,
    );
  }
  const adapter = names.find((name) => isAdapterFile(name));
  if (adapter !== undefined) return { files: [adapter] };
  if (names.includes('adapter_config.json')) {
    throw new SwizzleError(
      'checkpoint',
      `${model}: holds an adapter (adapter_config.json) without its weights, not a model`,
    );
  }
  const none = `${model}: holds no ${FORMS[0].single} and no ${FORMS[1].single}, nor an index of shards`;
  const unread = unreadForm(names);
  throw new SwizzleError('checkpoint', unread === undefined ? none : `${none}; ${unread}`);
}

/** @throws SwizzleError 'checkpoint' that lists the parts that are missing */
export function wholeSplit(model: string, parts: readonly string[], there: readonly string[]): readonly string[] {
  const missing = parts.filter((name) => !there.includes(name));
  if (missing.length === 0) return parts;
  throw new SwizzleError(
    'checkpoint',
    `${model}: lacks ${missing.length} of ${parts.length} parts: ${missing.join(', ')}`,
  );
}
