import { statSync } from 'node:fs';
import type { Option } from './option.ts';

/** A command's words as Swizzle takes them, and a remark on each of mergekit's flags among them. */
export interface TranslatedWords {
  readonly words: readonly string[];
  readonly remarks: readonly string[];
}

/** Why a flag of mergekit's does nothing here, or what to type instead; `value` where a word follows it. */
interface Flag {
  readonly why: string;
  readonly value?: true;
}

const GPU = 'not needed; --device auto picks the faster device';
const FLAT = 'not needed; --memory sets a limit';
const DISK = 'not needed; adapters are applied while reading';
const ALWAYS = 'always on';

/** Flags of mergekit-yaml and mergekit-multi that are not Swizzle's. */
const FLAGS: Readonly<Record<string, Flag>> = {
  '--allow-crimes': { why: 'not needed; models match if their tensors match' },
  '--async-write': { why: 'not needed; reading, computing and writing always overlap' },
  '--clone-tensors': { why: 'not needed; a layer that occurs twice is written twice' },
  '--copy-tokenizer': { why: ALWAYS },
  '--cuda': { why: GPU },
  '--gpu-rich': { why: GPU },
  '--intermediate-dir': { why: 'ignored; use --keep-intermediate FOLDER', value: true },
  '--lazy': { why: 'ignored; use --resume to continue an interrupted run' },
  '--lazy-unpickle': { why: 'not needed; pickles are always read lazily' },
  '--lora-merge-cache': { why: DISK, value: true },
  '--lora-merge-dtype': { why: 'not needed; adapters are applied in float32', value: true },
  '--low-cpu-memory': { why: FLAT },
  '--low-cpu-mem-usage': { why: FLAT },
  '--multi-gpu': { why: 'ignored; one GPU is used, --part uses several machines' },
  '--num-threads': { why: 'ignored; use --lanes to limit the threads', value: true },
  '-j': { why: 'ignored; use --lanes to limit the threads', value: true },
  '--out-shard-size': { why: 'ignored; use --shard-size, e.g. 5GB', value: true },
  '--read-to-gpu': { why: FLAT },
  '--safe-serialization': { why: 'always on; weights are written as safetensors' },
  '--transformers-cache': { why: 'ignored; set HF_HUB_CACHE to the cache folder', value: true },
  '--trust-remote-code': { why: 'not needed; no code of a model is run' },
  '-v': { why: 'ignored; --dry-run shows the plan, --profile the time' },
  '--verbose': { why: 'ignored; --dry-run shows the plan, --profile the time' },
  '--write-model-card': { why: ALWAYS },
  '--write-threads': { why: 'not needed; every lane writes', value: true },
};

/** What a "--no-" form of a flag asks for and does not get. */
const KEPT: Readonly<Record<string, string>> = {
  '--no-copy-tokenizer': 'ignored; the tokenizer is always copied',
  '--no-safe-serialization': 'ignored; weights are always written as safetensors',
  '--no-write-model-card': 'ignored; the model card is always written',
};

/**
 * Takes mergekit's habits: its flags are taken out, with a remark on each, and the output folder may follow the recipe without -o.
 * @param options what the command takes
 */
export function fromMergekit(words: readonly string[], options: readonly Option[]): TranslatedWords {
  const kept: string[] = [];
  const remarks: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      kept.push(...words.slice(at));
      break;
    }
    const [name = '', value] = word.split(/=(.*)/s);
    const own = options.some(({ long, short }) => name === long || name === short);
    const flag = own ? undefined : flagOf(name);
    if (flag !== undefined) {
      remarks.push(`${name}: ${flag.why}`);
      if (flag.value === true && value === undefined) at += 1;
    } else if (name === '--device' && /^(cuda|xpu|mps)(:\d+)?$/.test(value ?? words[at + 1] ?? '')) {
      remarks.push(`--device ${value ?? words[at + 1]}: ${GPU}`);
      if (value === undefined) at += 1;
    } else kept.push(word);
  }
  return { words: withOut(kept, options), remarks };
}

function flagOf(name: string): Flag | undefined {
  if (Object.hasOwn(FLAGS, name)) return FLAGS[name];
  if (!name.startsWith('--no-')) return undefined;
  if (Object.hasOwn(KEPT, name)) return { why: KEPT[name] ?? '' };
  const flag = Object.hasOwn(FLAGS, `--${name.slice(5)}`) ? FLAGS[`--${name.slice(5)}`] : undefined;
  return flag === undefined || flag.value === true ? undefined : { why: 'not needed' };
}

/** "RECIPE.yml OUT" as "RECIPE.yml -o OUT", where the first is a recipe and no -o is given. */
function withOut(words: readonly string[], options: readonly Option[]): string[] {
  const places: number[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--' || /^(-o|--out|--weights?)(?=.|$)/.test(word)) return [...words];
    const option = options.find(({ long, short }) => word === long || word === short);
    const takesNext = option?.required === true && (option.valueLike?.test(words[at + 1] ?? '') ?? true);
    if (takesNext) at += 1;
    else if (word === '-' || !word.startsWith('-')) places.push(at);
  }
  const [recipe, out] = places;
  if (places.length !== 2 || out === undefined || !isRecipe(words[recipe ?? 0] ?? '')) return [...words];
  return [...words.slice(0, out), '-o', ...words.slice(out)];
}

/** A YAML file or standard input; any other file that holds no weights. */
function isRecipe(word: string): boolean {
  if (word === '-' || /\.ya?ml$/i.test(word)) return true;
  if (/\.(safetensors|bin|pt|pth|ckpt|gguf)$/i.test(word)) return false;
  return statSync(word, { throwIfNoEntry: false })?.isFile() ?? false;
}

const COMMANDS: Readonly<Record<string, string>> = {
  'mergekit-yaml': 'swizzle merge RECIPE.yml OUT',
  'mergekit-multi': 'swizzle merge RECIPE.yml OUT',
  'mergekit-pytorch': 'swizzle merge RECIPE.yml OUT',
  'mergekit-extract-lora': 'swizzle extract BASE MODEL -o OUT',
  'mergekit-evolve': 'swizzle sweep SWEEP.yml -o OUT',
  'mergekit-layershuffle': 'swizzle merge RECIPE.yml OUT, with slices',
  bakllama: 'swizzle merge RECIPE.yml OUT, with slices',
};

/** What does the work of one of mergekit's commands; undefined where it is none of them, or nothing does. */
export function mergekitCommand(word: string): string | undefined {
  return Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
}
