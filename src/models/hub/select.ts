import { isModelFile, isModuleFolder } from '../checkpoint/files/model-files.ts';

/** What is fetched and is no side file by itself: the card and an adapter's config. */
const MORE_FILES: readonly RegExp[] = [/^README\.md$/, /^adapter_config\.json$/];

const MODULE_WEIGHTS = /^(.+)\/(model\.safetensors|pytorch_model\.bin)$/;

/** Whether a file is the weights of a module of sentence-transformers, in a folder of its own. */
export function isModuleWeights(path: string): boolean {
  const module = MODULE_WEIGHTS.exec(path)?.[1];
  return module !== undefined && isModuleFolder(module);
}

/** Whether a file is one of those that are fetched beside the weights: config, tokenizer, template, code, card, and the weights of modules, which are small. */
export function isSideFile(path: string): boolean {
  if (isModuleWeights(path)) return true;
  return isModelFile(path, true) || MORE_FILES.some((pattern) => pattern.test(path));
}
