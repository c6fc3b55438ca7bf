import { messageOf, SwizzleError } from '../../errors.ts';
import { nearest } from '../../nearest.ts';
import { refuseOtherKind } from '../../recipe/file-kind.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import { recipeSchema } from '../../recipe/schema.ts';
import { dataOf, errorAt, parseYaml, validationError, type YamlText } from '../../recipe/yaml-error.ts';
import { assignmentsOf } from '../axes/assignments.ts';
import { namesOf } from '../axes/axis-values.ts';
import { parseBytes } from './bytes.ts';
import { knownKeys } from './known-keys.ts';
import { toAxis } from './parse-axis.ts';
import { fillIn, recipeInPlace, referencesIn } from '../axes/variant.ts';
import { sweepSchema } from './schema.ts';
import type { Axis, Objective, Score, Strategy, SweepSpec } from './spec.ts';
import type { ScoreText, SweepText } from './sweep-text.ts';

/**
 * Parses sweep.yml.
 * @throws SwizzleError 'recipe' that names the file, the line and what was expected
 */
export function parseSweep(file: string, text: string): SweepSpec {
  const yaml = parseYaml(file, text);
  refuseOtherKind(yaml, 'sweep');
  const parsed = sweepSchema.safeParse(dataOf(yaml));
  if (!parsed.success) throw validationError(yaml, parsed.error, keyHint);
  const { data } = parsed;
  const strategy = data.strategy ?? (data.variants ? 'list' : 'grid');
  const spec: SweepSpec = {
    file,
    template: data.recipe,
    axes: toAxes(yaml, data, strategy),
    variants: data.variants ?? [],
    strategy,
    count: data.count ?? 0,
    seed: data.seed,
    score: data.score && toScore(data.score),
    objective: toObjective(yaml, data),
    pareto: toPareto(yaml, data),
    keep: data.keep === 'all' ? Infinity : data.keep === 'none' ? 0 : data.keep,
    limits: {
      variants: data.limits.variants,
      disk: toDisk(yaml, data),
      perPass: data.limits.per_pass,
    },
    text,
  };
  checkStrategy(yaml, spec);
  checkNames(yaml, spec);
  checkRecipe(yaml, spec);
  return spec;
}

function toAxes(yaml: YamlText, data: SweepText, strategy: Strategy): Axis[] {
  return Object.entries(data.axes).map(([name, axis]) => {
    try {
      return toAxis(name, axis, strategy);
    } catch (error) {
      throw errorAt(yaml, ['axes', name], messageOf(error));
    }
  });
}

function toScore(score: ScoreText): Score {
  if (score === 'distance') return { kind: 'distance', to: undefined };
  if ('command' in score) return { kind: 'command', ...score };
  if ('loss' in score) {
    const { data, batch_size: batchSize, max_input_length: maxInputLength, negatives, seed } = score.loss;
    return { kind: 'loss', data, batchSize, maxInputLength, negatives, seed };
  }
  if ('file' in score) return { kind: 'file', path: score.file, key: score.key };
  const { to } = score.distance;
  return { kind: 'distance', to: to === 'inputs' ? undefined : typeof to === 'string' ? [to] : to };
}

function toObjective(yaml: YamlText, { score, objective }: SweepText): Objective | undefined {
  if (score !== undefined && objective === undefined) {
    throw errorAt(yaml, ['score'], 'needs an objective beside it, as in {metric: loss, goal: min}');
  }
  return objective;
}

function toPareto(yaml: YamlText, { pareto }: SweepText): Objective[] | undefined {
  const found = pareto && Object.entries(pareto).map(([metric, goal]) => ({ metric, goal }));
  if (found && found.length !== 2) throw errorAt(yaml, ['pareto'], `expected two metrics, found ${found.length}`);
  return found;
}

function toDisk(yaml: YamlText, { limits }: SweepText): number {
  if (limits.disk === undefined) return Infinity;
  const bytes = parseBytes(limits.disk);
  if (bytes === undefined) throw errorAt(yaml, ['limits', 'disk'], 'expected a size such as 50GB or 2TiB');
  return bytes;
}

function checkStrategy(yaml: YamlText, spec: SweepSpec): void {
  const { strategy, axes, variants, count } = spec;
  const fail = (key: string, message: string): never => {
    throw errorAt(yaml, [key], message);
  };
  const sampled = strategy === 'random' || strategy === 'lhs';
  if (sampled && count === 0) fail('strategy', `${strategy} needs count: how many variants`);
  if (!sampled && count > 0) fail('count', `only random and lhs have a count; the strategy is ${strategy}`);
  if (strategy === 'list' && variants.length === 0) fail('strategy', 'list needs variants: a list of {name: value}');
  if (strategy !== 'list' && variants.length > 0) fail('variants', `only strategy list has variants, not ${strategy}`);
  if (strategy !== 'list' && axes.length === 0) fail('axes', 'expected at least one axis');
  if (strategy !== 'greedy-soup') return;
  if (axes.length !== 1 || axes[0]?.kind !== 'simplex') {
    fail('axes', 'greedy-soup needs one simplex axis: the weights of the models');
  }
  if (!spec.objective) fail('strategy', 'greedy-soup needs score and objective');
}

/** What all variants share, since they are made from one read. */
const FIXED: ReadonlySet<string | number> = new Set([
  'merge_method',
  'model',
  'base_model',
  'tokenizer_source',
  'tokenizer',
  'chat_template',
  'layer_range',
]);

/** Every "$name" has a value in every variant, and every value a "$name". */
function checkNames(yaml: YamlText, spec: SweepSpec): void {
  const references = referencesIn(spec.template);
  const fixed = references.find(({ path }) => path.some((key) => FIXED.has(key)));
  if (fixed) {
    const message = `$${fixed.name} cannot stand here: all variants merge the same models by the same method`;
    throw errorAt(yaml, ['recipe', ...fixed.path], message);
  }
  const used = new Set(references.map(({ name }) => name));
  const sets =
    spec.strategy === 'list'
      ? spec.variants.map((variant, index) => ({ names: Object.keys(variant), path: ['variants', index] }))
      : [{ names: spec.axes.flatMap(namesOf), path: ['axes'] }];
  for (const { names, path } of sets) {
    const missing = references.find(({ name }) => !names.includes(name));
    if (missing) throw errorAt(yaml, ['recipe', ...missing.path], `${path.join(' ')} gives $${missing.name} no value`);
    const unused = names.find((name) => !used.has(name));
    if (unused !== undefined) throw errorAt(yaml, path, `$${unused} stands nowhere in the recipe`);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw errorAt(yaml, path, `two axes set $${twice}`);
  }
}

/** The recipe of every variant has a recipe's form; findings point at sweep.yml. */
function checkRecipe(yaml: YamlText, spec: SweepSpec): void {
  const assignments = assignmentsOf(spec);
  if (assignments.length > spec.limits.variants) {
    const message = `${yaml.file}: ${assignments.length} variants are more than limits.variants (${spec.limits.variants})`;
    throw new SwizzleError('recipe', message, { details: { variants: assignments.length } });
  }
  for (const assignment of assignments) {
    if (recipeSchema.safeParse(fillIn(spec.template, assignment)).success) continue;
    parseRecipe(yaml.file, recipeInPlace(spec.text, assignment));
  }
}

/** What may have been meant by an unknown key of the map at `path`. */
function keyHint(path: readonly PropertyKey[], key: string): string | undefined {
  const meant = nearest(key, knownKeys(sweepSchema, path));
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}
