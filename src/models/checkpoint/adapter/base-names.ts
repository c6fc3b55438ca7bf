import type { CheckpointTensor } from '../checkpoint.ts';
import { describePrefixChange, findByPrefix, type WantedName } from '../renaming/prefixes.ts';
import { isOverExperts } from './expert-targets.ts';
import { packedExperts, separateExpert } from '../expert-names.ts';
import type { AdapterModule, AdapterTensors } from './adapter-tensors.ts';

/** Where an adapter's names are in its base. */
export interface BaseNames {
  /** Names of the base's tensors by the adapter's names for them. A name that is absent was not found. */
  readonly places: ReadonlyMap<string, string>;
  /** Names that the module of packed experts may have in the base. */
  readonly expertPlaces: (module: string) => readonly string[];
  /** A line for each prefix that differs. */
  readonly changes: readonly string[];
  /** What to do if names were not found. */
  readonly hints: readonly string[];
}

/** Modules that transformers names differently in memory than in files, by more than a prefix. */
const RENAMED: readonly (readonly [inMemory: RegExp, inFiles: string])[] = [
  [/\.mlp\.(?=(gate|experts|shared_expert)\b)/, '.block_sparse_moe.'],
  [/\.block_sparse_moe\./, '.mlp.'],
  [/^lm_head\./, 'embed_out.'],
  [/^embed_out\./, 'lm_head.'],
];

/**
 * Finds the base tensors that an adapter changes. PEFT names modules as they are in memory, where transformers may have renamed them: the
 * language and vision parts of a multimodal model each have a prefix of their own, GPT-2's files may lack `transformer.`.
 */
export function baseNames(found: AdapterTensors, tensors: ReadonlyMap<string, CheckpointTensor>): BaseNames {
  const wanted: WantedName[] = [
    ...found.modules
      .filter((module) => !isOverExperts(module))
      .map((module) => ({
        name: `${module.name}.weight`,
        fits: (tensor: CheckpointTensor) => isTargetOf(tensor, module),
      })),
    ...[...found.saved, ...found.bases].map(([name, { shape }]) => ({
      name,
      fits: (tensor: CheckpointTensor) => sameButRows(tensor.shape, shape),
    })),
  ];
  const unique = [...new Map(wanted.map((one) => [one.name, one])).values()];
  const renamed = new Map<string, string>();
  for (const { name, fits } of unique) {
    if (tensors.has(name)) continue;
    for (const [inMemory, inFiles] of RENAMED) {
      const own = name.replace(inMemory, inFiles);
      const tensor = own === name ? undefined : tensors.get(own);
      if (tensor !== undefined && fits(tensor)) renamed.set(name, own);
    }
  }
  const rest = unique.filter(({ name }) => !renamed.has(name));
  const { places, changes } = findByPrefix(rest, tensors);
  const missing = rest.map(({ name }) => name).filter((name) => !places.has(name));
  return {
    places: new Map([...places, ...renamed]),
    expertPlaces(module) {
      const moved = changes
        .filter(({ from }) => module.startsWith(from))
        .map(({ from, to }) => to + module.slice(from.length));
      return [module, ...moved].flatMap((name) => [name, name.replace(/\.mlp\.experts$/, '.block_sparse_moe.experts')]);
    },
    changes: changes.map(describePrefixChange),
    hints: hintsFor(missing, unique.length, tensors),
  };
}

/** Heads that a model for classification or for questions has instead of one for tokens. */
const TASK_HEAD = /^(score|classifier|qa_outputs|classification_head)\./;

const NO_HEAD =
  'The adapter was trained over a model with a head that the base has not. ' +
  'Save the base with that head first (AutoModelForSequenceClassification and its like in transformers): the adapter brings the weights of the head';

const PACKED =
  'The adapter changes experts one by one, the base holds them packed. ' +
  'Write the base anew with --experts separate (swizzle merge BASE -o OUT --experts separate), and merge the adapter with that';

/** What to do about names that were not found, of `wanted` names in all. */
function hintsFor(
  missing: readonly string[],
  wanted: number,
  tensors: ReadonlyMap<string, CheckpointTensor>,
): readonly string[] {
  const heads = missing.filter((name) => TASK_HEAD.test(name));
  const experts = missing.filter((name) => separateExpert(name) !== undefined);
  const isPacked = experts.length > 0 && [...tensors.keys()].some((name) => packedExperts(name) !== undefined);
  const others = missing.length - heads.length - (isPacked ? experts.length : 0);
  return [
    ...(heads.length > 0 ? [NO_HEAD] : []),
    ...(isPacked ? [PACKED] : []),
    ...(others > 1 && others * 2 >= wanted ? [HINT] : []),
  ];
}

const HINT =
  'Most of its targets are missing: it belongs to another model, or transformers renames the tensors of this architecture when it loads them. ' +
  'In that case merge the adapter with PEFT, or save the base again with the transformers that trained the adapter';

/** Whether a tensor has the sides of a module's product, in either orientation. Rows of an embedding may have grown. */
function isTargetOf({ shape }: CheckpointTensor, { a, b, embedding }: AdapterModule): boolean {
  // convolutions are refused later, by name
  if (a === undefined || b === undefined || a.shape.length > 2) return true;
  const [inputs, outputs] = [a.shape[1], b.shape[0]];
  const [rows, columns] = shape;
  if (shape.length !== 2) return false;
  if (embedding) return columns === outputs;
  return (rows === outputs && columns === inputs) || (rows === inputs && columns === outputs) || columns === inputs;
}

function sameButRows(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && (a.length === 1 ? a[0] === b[0] : a.slice(1).join() === b.slice(1).join());
}
