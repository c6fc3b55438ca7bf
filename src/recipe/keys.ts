import { nearest } from '../nearest.ts';
import { STORED_OPTIONS } from './stored-options.ts';

/** The parts of a recipe that have keys of their own. */
export type Level = 'recipe' | 'slice' | 'source' | 'model' | 'options';

/** Keys that are understood, by level; schema.ts says what they hold. */
const KNOWN: Readonly<Record<Level, readonly string[]>> = {
  recipe: `name merge_method models slices base_model parameters dtype out_dtype tokenizer_source tokenizer
    chat_template random_seed postprocess swizzle`.split(/\s+/),
  slice: ['sources', 'parameters', 'base_model'],
  source: ['model', 'layer_range', 'parameters'],
  model: ['model', 'parameters'],
  options: STORED_OPTIONS,
};

const NO_EFFECT = 'has no effect here';

/** Options of mergekit's command line, which people write into recipes. */
const OPTIONS: Readonly<Record<string, string>> = {
  out_shard_size: `${NO_EFFECT}; --shard-size sets the size of output files`,
  allow_crimes: `${NO_EFFECT}; models are matched by their tensors, whatever their architecture is called`,
  device: `${NO_EFFECT}; --device chooses`,
  copy_tokenizer: `${NO_EFFECT}; the tokenizer is always copied`,
  lora_merge_dtype: `${NO_EFFECT}; adapters are applied in float32`,
  ...withoutEffect(`transformers_cache lora_merge_cache cuda low_cpu_memory low_cpu_mem_usage clone_tensors
    trust_remote_code lazy_unpickle write_model_card safe_serialization verbosity quiet read_to_gpu multi_gpu
    num_threads gpu_rich async_write write_threads int8_mask`),
};

/** Keys that mergekit passes over, and what to say of each. */
const IGNORED: Readonly<Record<Level, Readonly<Record<string, string>>>> = {
  recipe: { ...OPTIONS, ...withoutEffect('description model_name author license tags version') },
  slice: { residual_weight: NO_EFFECT },
  source: withoutEffect('name description'),
  model: withoutEffect('name description'),
  options: {},
};

function withoutEffect(keys: string): Record<string, string> {
  return Object.fromEntries(keys.split(/\s+/).map((key) => [key, NO_EFFECT]));
}

/** Whether schema.ts knows `key`. */
export function isKnownKey(level: Level, key: string): boolean {
  return KNOWN[level].includes(key);
}

/** What methods take under `parameters`, which is often left out. */
const PARAMETERS: ReadonlySet<string> = new Set(
  'weight density gamma epsilon lambda normalize rescale t scale filter_wise select_topk max_iter tol'.split(' '),
);

/** What to say of a key that means nothing here and does no harm; undefined: it is no such key. */
export function ignoredKey(level: Level, key: string): string | undefined {
  const said = IGNORED[level];
  return Object.hasOwn(said, key) ? said[key] : undefined;
}

/** Which part of a recipe the map at `path` is; undefined where its keys are not fixed ones. */
function levelAt(path: readonly PropertyKey[]): Level | undefined {
  const [first, , third] = path;
  if (path.length === 0) return 'recipe';
  if (path.length === 1 && first === 'swizzle') return 'options';
  if (path.length === 2 && (first === 'models' || first === 'slices')) return first === 'models' ? 'model' : 'slice';
  return path.length === 4 && first === 'slices' && third === 'sources' ? 'source' : undefined;
}

/** What may have been meant by an unknown key of the map at `path`: "did you mean weight under parameters?" */
export function keyHint(path: readonly PropertyKey[], key: string): string | undefined {
  const level = levelAt(path);
  if (level === undefined) return undefined;
  if (PARAMETERS.has(key)) return `it belongs under parameters: {${key}: …}`;
  if (level === 'model' && key === 'layer_range') return 'layers are chosen under slices, not models';
  const meant = nearest(key, KNOWN[level]);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const parameter = nearest(key, PARAMETERS);
  return parameter === undefined ? undefined : `did you mean ${parameter} under parameters?`;
}
