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
  /^(modules|sentence_[a-z]+_config|config_sentence_transformers)\.json$/,
  /^(LICEN[CS]E|NOTICE|COPYING|USE_POLICY|TERMS|MODEL_LICEN[CS]E)[^/]*$/i,
];

/** In a folder of a sentence-transformers module. */
const MODULE_NAMES: readonly RegExp[] = [...NAMES, /^[a-z_]+_config\.json$/];

const MODULE_FOLDER = /^\d+_[A-Za-z]+$/;
const TEMPLATES = 'additional_chat_templates';

/** Whether a folder inside a model's belongs to the model by its name. */
export function isModelFolder(name: string): boolean {
  return name === TEMPLATES || MODULE_FOLDER.test(name);
}

/** Whether a file inside a folder for which `isModelFolder` holds belongs to the model. @param name without folders */
function isInnerFile(folder: string, name: string): boolean {
  return folder === TEMPLATES ? name.endsWith('.jinja') : MODULE_NAMES.some((pattern) => pattern.test(name));
}

/**
 * Whether a file belongs to the model beside its weights.
 * @param path relative to the model's folder, with `/`
 * @param code whether the model brings its own code (`auto_map` in its config): then Python files count
 */
export function isModelFile(path: string, code: boolean): boolean {
  const parts = path.split('/');
  const [name = '', inner, ...deeper] = parts;
  if (parts.some((part) => part.startsWith('.')) || deeper.length > 0) return false;
  if (inner !== undefined) return isInnerFile(name, inner);
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
