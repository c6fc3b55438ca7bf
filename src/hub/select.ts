import { isModelFile } from '../checkpoint/files/model-files.ts';
import { SwizzleError } from '../errors.ts';

export const INDEX = 'model.safetensors.index.json';
export const SINGLE = 'model.safetensors';

/** What is fetched and is no side file by itself: the card, an adapter's config, and the weights of small dense layers. */
const MORE_FILES: readonly RegExp[] = [
  /^README\.md$/,
  /^adapter_config\.json$/,
  /^\d+_[A-Za-z]+\/(model\.safetensors|pytorch_model\.bin)$/,
];

/** Whether a file is one of those that are fetched beside the weights: config, tokenizer, template, code, card. */
export function isSideFile(path: string): boolean {
  return isModelFile(path, true) || MORE_FILES.some((pattern) => pattern.test(path));
}

/** Where a model's weights are: named by an index that is still to be read, or one file. */
export type WeightsChoice = { readonly index: string } | { readonly single: string };

/**
 * Chooses the weights among a model's file names: the index, else model.safetensors, else the only .safetensors: an adapter's, maybe.
 * @throws SwizzleError 'checkpoint' when there are none, naming pickled weights where it has those
 */
export function chooseWeights(model: string, paths: readonly string[]): WeightsChoice {
  if (paths.includes(INDEX)) return { index: INDEX };
  if (paths.includes(SINGLE)) return { single: SINGLE };
  const others = paths.filter((path) => !path.includes('/') && path.endsWith('.safetensors'));
  const [only] = others;
  if (only !== undefined && others.length === 1) return { single: only };
  if (only !== undefined) {
    throw new SwizzleError('checkpoint', `${model}: has ${others.length} .safetensors files but no ${INDEX}`);
  }
  const pickled = paths.find((path) => /\.(bin|pt|pth|ckpt)$/.test(path) && !path.startsWith('training_args'));
  if (pickled !== undefined) {
    throw new SwizzleError(
      'checkpoint',
      `${model}: has only pickled weights (${pickled}), which are not read because unpickling runs code; ` +
        'convert the model to safetensors first',
    );
  }
  throw new SwizzleError('checkpoint', `${model}: has no weights: neither ${INDEX} nor ${SINGLE}`);
}
