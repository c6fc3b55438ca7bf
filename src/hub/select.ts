import { isModelFile } from '../checkpoint/files/model-files.ts';

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
