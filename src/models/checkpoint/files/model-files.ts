/**
 * What a model is made of beside its weights, by name: config, tokenizer, templates, processors, code, licence, and the
 * settings of sentence-transformers' modules. Everything else in a folder is somebody's work with the model, not the model.
 */
const NAMES: readonly RegExp[] = [
  /^(config|generation_config)\.json$/,
  /^(preprocessor|processor|video_preprocessor|image_processor|feature_extractor)_config\.json$/,
  /^(tokenizer[^/]*|special_tokens_map|added_tokens|encoder|unigram|normalizer|tekken)\.json$/,
  /^[^/]*vocab[^/]*\.(json|txt)$/,
  /^(merges|dict)\.txt$|^bpe\.codes$/,
  // sentencepiece and tiktoken, whatever they are called; mistral's have a version behind
  /\.(model|model\.v\d+|tiktoken|spm|bpe)$/,
  /^chat_template[^/]*\.(jinja|json)$/,
  /^(modules|router_config|sentence_[a-z]+_config|config_sentence_transformers)\.json$/,
  /^(LICEN[CS]E|NOTICE|COPYING|USE_POLICY|TERMS|MODEL_LICEN[CS]E)[^/]*$/i,
];

/** In a folder of a sentence-transformers module. */
const MODULE_NAMES: readonly RegExp[] = [...NAMES, /^[a-z_]+_config\.json$/];

const MODULE_FOLDER = /^\d+_[A-Za-z]+$/;
/** "query_0_Dense": of a router, which takes one way for queries and another for documents. */
const ROUTED_FOLDER = /^[\w-]+_\d+_[A-Z]\w*$/;
/** What says of a module, or of the whole model, that it is a router. */
export const ROUTER_CONFIG = 'router_config.json';
const TEMPLATES = 'additional_chat_templates';

/** Whether a folder inside a model's belongs to the model by its name. @param path relative to the model's, with `/` */
export function isModelFolder(path: string): boolean {
  return path === TEMPLATES || isModuleFolder(path);
}

/** Whether a folder is that of a module by its name: inside the model's, or a router's, which is the model or inside it. */
export function isModuleFolder(path: string): boolean {
  const [first = '', second, ...deeper] = path.split('/');
  if (second === undefined) return MODULE_FOLDER.test(first) || ROUTED_FOLDER.test(first);
  return deeper.length === 0 && MODULE_FOLDER.test(first) && ROUTED_FOLDER.test(second);
}

/** Whether a module's folder is one of a router's: it is none where that has no `ROUTER_CONFIG`. */
export function isRoutedFolder(path: string): boolean {
  return ROUTED_FOLDER.test(path.slice(path.lastIndexOf('/') + 1));
}

/**
 * Whether a file belongs to the model beside its weights.
 * @param path relative to the model's folder, with `/`
 * @param code whether the model brings its own code (`auto_map` in its config): then Python files count
 */
export function isModelFile(path: string, code: boolean): boolean {
  const at = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
  if (path.split('/').some((part) => part.startsWith('.'))) return false;
  if (folder === TEMPLATES) return name.endsWith('.jinja');
  if (folder !== '') return isModuleFolder(folder) && MODULE_NAMES.some((pattern) => pattern.test(name));
  return NAMES.some((pattern) => pattern.test(name)) || (code && name.endsWith('.py'));
}

/** Files of a model's folder that a merge makes anew, or that tell of the model without being it: nobody misses them. */
const MADE_ANEW: readonly RegExp[] = [
  /^README[^/]*$/i,
  /^(swizzle_recipe|mergekit_config)\.ya?ml$/,
  /\.safetensors\.index\.json$/,
  /^\./,
];

/** Whether nobody needs to hear that a file is not in a merge's output. @param name without folders */
export function isMadeAnew(name: string): boolean {
  return MADE_ANEW.some((pattern) => pattern.test(name));
}

const TOKENIZER =
  /^(tokenizer.*|vocab.*|merges\.txt|special_tokens_map\.json|added_tokens\.json|chat_template.*|.*\.(model|tiktoken|spm|bpe))$/;

/** Whether a file belongs to the tokenizer. @param name without folders */
export function isTokenizerFile(name: string): boolean {
  return TOKENIZER.test(name);
}
