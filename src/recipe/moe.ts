import { dirname } from 'node:path';
import { isMap, isScalar } from 'yaml';
import * as z from 'zod';
import type { FloatDtype } from '../dtype.ts';
import { didYouMean } from '../nearest.ts';
import { dtype, modelReference } from './schema.ts';
import { type StoredOptions, storedOptions, storedOptionsSchema } from './stored-options.ts';
import { dataOf, errorAt, parseYaml, validationError, type YamlText } from './yaml-error.ts';

/** How router rows are computed. */
export type GateMode = 'hidden' | 'hidden_avg' | 'cheap_embed' | 'random' | 'uniform_random';

/** A dense model whose MLPs become an expert. */
export interface MoeExpert {
  /** Folder, file or Hub name; BASE+ADAPTER works, too. */
  readonly model: string;
  readonly positive: readonly string[];
  readonly negative: readonly string[];
  /** Standard deviation of normal noise added to the MLP weights. */
  readonly noise: number;
  /** Factor of down_proj. */
  readonly residual: number;
}

/** A configuration in mergekit-moe's YAML, checked for form; nothing is known of the models yet. */
export interface MoeConfig {
  /** Path, or NO_FILE; for messages. */
  readonly file: string;
  /** Relative model paths are tried from the working directory, then from here. */
  readonly directory: string;
  readonly base: string;
  readonly experts: readonly MoeExpert[];
  readonly shared: readonly MoeExpert[];
  readonly gateMode: GateMode;
  readonly perToken: number;
  /** Undefined: the base model's. */
  readonly dtype: FloatDtype | undefined;
  /** Output kind as written; undefined: chosen by the models. */
  readonly kind: string | undefined;
  /** Seed of random routers and noise; ours, mergekit takes it as an option. */
  readonly seed: number;
  /** Options of a run that the text keeps under `swizzle`. */
  readonly options: StoredOptions;
  readonly warnings: readonly string[];
  readonly text: string;
}

const MODES: Readonly<Record<string, GateMode>> = {
  hidden: 'hidden',
  hidden_last: 'hidden',
  hidden_avg: 'hidden_avg',
  cheap_embed: 'cheap_embed',
  random: 'random',
  uniform_random: 'uniform_random',
};

const prompts = z.array(z.string('expected a text'), 'expected a list of prompts').nullish();
const EXPERT = {
  source_model: modelReference,
  positive_prompts: prompts,
  negative_prompts: prompts,
  noise_scale: z.number().min(0).nullish(),
  residual_scale: z.number().nullish(),
};
const expert = z.looseObject(EXPERT);
const CONFIG = {
  base_model: modelReference,
  experts: z.array(expert, 'expected a list of experts').min(1, 'expected at least one expert'),
  shared_experts: z.array(expert).nullish(),
  gate_mode: z.string().nullish(),
  experts_per_token: z.int('expected a whole number').nullish(),
  dtype,
  architecture: z.string().nullish(),
  random_seed: z.int('expected a whole number').min(0).nullish(),
  swizzle: storedOptionsSchema.nullish(),
};
const schema = z.looseObject(CONFIG);

/**
 * Parses a configuration in mergekit-moe's YAML.
 * @param allowSame whether all experts may be one model: upcycling, to be trained further
 * @throws SwizzleError 'recipe' with file and line
 */
export function parseMoe(
  file: string,
  text: string,
  { directory = dirname(file), allowSame = false }: { directory?: string; allowSame?: boolean } = {},
): MoeConfig {
  const yaml = parseYaml(file, text);
  if (!isMap(yaml.document.contents)) throw errorAt(yaml, [], 'expected a map with base_model and experts');
  if (yaml.document.has('merge_method') && !yaml.document.has('experts')) {
    throw errorAt(yaml, ['merge_method'], 'this is a merge recipe; use swizzle merge');
  }
  const parsed = schema.safeParse(dataOf(yaml));
  if (!parsed.success) throw validationError(yaml, parsed.error);
  const { data } = parsed;
  const mode = data.gate_mode ?? 'hidden';
  const gateMode = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (gateMode === undefined) {
    const known = Object.keys(MODES);
    const found = JSON.stringify(mode);
    throw errorAt(yaml, ['gate_mode'], `found ${found}, expected one of ${known.join(', ')}${didYouMean(mode, known)}`);
  }
  const config: MoeConfig = {
    file,
    directory,
    base: data.base_model,
    experts: data.experts.map(toExpert),
    shared: (data.shared_experts ?? []).map(toExpert),
    gateMode,
    perToken: data.experts_per_token ?? 2,
    dtype: data.dtype ?? undefined,
    kind: data.architecture ?? undefined,
    seed: data.random_seed ?? 0,
    options: storedOptions(data.swizzle),
    warnings: unknownKeys(yaml),
    text,
  };
  checkExperts(yaml, config, allowSame);
  return config;
}

function toExpert(one: z.infer<typeof expert>): MoeExpert {
  return {
    model: one.source_model,
    positive: one.positive_prompts ?? [],
    negative: one.negative_prompts ?? [],
    noise: one.noise_scale ?? 0,
    residual: one.residual_scale ?? 1,
  };
}

/** What mergekit refuses, in its order. */
function checkExperts(yaml: YamlText, { experts, perToken, gateMode }: MoeConfig, allowSame: boolean): void {
  const at = yaml.document.has('experts_per_token') ? 'experts_per_token' : 'experts';
  if (perToken < 1) throw errorAt(yaml, [at], `found ${perToken}, expected 1 or more`);
  if (experts.length < perToken) {
    throw errorAt(yaml, [at], `${perToken} experts per token (default: 2), but the config has ${experts.length}`);
  }
  if (gateMode === 'random') return;
  for (const [index, { positive }] of experts.entries()) {
    if (positive.length === 0) {
      throw errorAt(yaml, ['experts', index], 'has no positive_prompts (gate_mode random needs none)');
    }
  }
  const promptsOf = ({ positive, negative }: MoeExpert): string => JSON.stringify([positive, negative]);
  if (experts.length > 1 && new Set(experts.map(promptsOf)).size === 1) {
    throw errorAt(yaml, ['experts'], 'all experts have the same prompts, so the router could not tell them apart');
  }
  if (!allowSame && new Set(experts.map(({ model }) => model)).size === 1) {
    const hint = 'to train it further, use --i-understand-this-is-not-useful-without-training';
    throw errorAt(yaml, ['experts'], `all experts are the same model, so the output would equal that model; ${hint}`);
  }
}

/** mergekit ignores unknown keys without a word; a mistyped one changes the result. */
function unknownKeys(yaml: YamlText): string[] {
  const of = (path: readonly PropertyKey[], known: readonly string[]): string[] => {
    const map = path.length === 0 ? yaml.document.contents : yaml.document.getIn(path, true);
    if (!isMap(map)) return [];
    const keys = map.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
    return keys
      .filter((key) => !known.includes(key))
      .map((key) => errorAt(yaml, [...path, key], `unknown key, ignored${didYouMean(key, known)}`).message);
  };
  const lists = ['experts', 'shared_experts'].flatMap((list) => {
    const items: unknown = yaml.document.get(list);
    const count =
      typeof items === 'object' && items !== null && 'items' in items ? (items.items as unknown[]).length : 0;
    return Array.from({ length: count }, (_, index) => of([list, index], Object.keys(EXPERT))).flat();
  });
  return [...of([], Object.keys(CONFIG)), ...lists];
}
