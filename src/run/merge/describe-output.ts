import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { MAX_CONFIG_BYTES, readText } from '../../regular-file.ts';
import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import { DTYPES } from '../../dtype.ts';
import { packageVersion } from '../../package.ts';
import type { Models } from '../../models/models.ts';
import type { Plan } from '../../plan/plan.ts';
import { modelsOf } from '../../recipe/recipe.ts';
import { type CardInput, commonLicense, modelCard } from '../card/card.ts';
import { factsFromReadme, type ModelFacts, NO_FACTS } from '../../models/hub/model-facts.ts';
import { sentenceTransformersFiles } from '../card/model-kind.ts';
import { pinMoe, pinRecipe } from '../card/pinned-recipe.ts';
import { dtypesOf, usesWeights, weightOf } from './merge-about.ts';
import type { MergerOptions } from './merger-options.ts';
import { optionsToStore } from './stored-options.ts';
import type { Merge } from './merge.ts';
import { noResults, type Results } from './earlier-results.ts';
import { withoutPins } from '../../models/open/content-pin.ts';
import type { Assembly } from './assembly.ts';
import type { ContentPins } from './pin-contents.ts';
import type { ModelStore } from '../../models/open/model-store.ts';

/** Everything that is known of a merge before it runs. */
export interface MergeFacts {
  readonly merge: Merge;
  /** Which of the plan's outputs it makes. */
  readonly index: number;
  readonly models: Models;
  readonly contents: ContentPins;
  readonly plan: Plan;
  readonly sideFiles: readonly SideFile[];
  readonly device: string;
  readonly store: ModelStore;
  readonly options: MergerOptions;
  /** Undefined: there are no earlier documents. */
  readonly results?: Results | undefined;
  /** Set where the recipe's only model is put together from others. */
  readonly assembly?: Assembly | undefined;
}

/** Text files that tell of a merge, and what the user should hear before it. */
export interface OutputDescription {
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  readonly warnings: readonly string[];
}

/** The model card, the pinned recipe, and what sentence-transformers needs where the model is an encoder. */
export async function describeOutput(facts: MergeFacts): Promise<OutputDescription> {
  const { merge, index, plan, options, store, assembly } = facts;
  const { recipe } = merge.checked;
  const models = assembly?.parts ?? facts.models;
  const method = assembly?.method ?? merge.checked.method;
  const inputs: CardInput[] = [];
  const { models: made, pins, contents, facts: cards, out } = facts.results ?? noResults(merge.home ?? merge.out);
  for (const name of assembly ? models.keys() : modelsOf(recipe)) {
    const model = models.get(name);
    if (model === undefined) continue;
    const parts = model.adapted ? [model.adapted.base, model.adapted.adapter] : [{ ...model, label: name }];
    pins.set(name, parts.map((part) => (made.has(part.label) ? part.label : pinnedName(part, out, store))).join('+'));
    const lines = await facts.contents.linesOf(
      name,
      (part) => pinnedName(part, out, store),
      (label) => made.has(label),
    );
    for (const [own, line] of lines) contents.set(own, line);
    if (!assembly && name === recipe.tokenizerSource && !usesWeights(recipe, name)) continue;
    for (const part of parts) {
      const hub = store.hubModel(part.label);
      inputs.push({
        name: hub?.id.name ?? (isAbsolute(part.label) ? basename(part.label) : part.label),
        commit: hub?.commit,
        weight: weightOf(recipe, name),
        base: assembly ? inputs.length === 0 : name === recipe.baseModel,
        facts: hub?.facts ?? cards.get(part.label) ?? (await factsOf(part)),
      });
    }
  }
  const dtype = merge.dtype === undefined ? undefined : DTYPES[merge.dtype].torch;
  const stored = optionsToStore(options, merge.checked.module, merge.out);
  const pinned = assembly
    ? pinMoe(withoutPins(assembly.text), { models: pins, dtype, seed: assembly.seed, options: stored })
    : pinRecipe(withoutPins(recipe.wholeText), {
        models: pins,
        dtype,
        seed: merge.checked.method.random ? (merge.seed ?? recipe.randomSeed) : undefined,
        earlierSeed: merge.seed,
        options: stored,
      });
  const text = [...[...contents.values()].map((line) => `${line}\n`), pinned].join('');
  const card = modelCard({
    title: basename(resolve(merge.out)),
    method,
    inputs,
    recipe: text,
    dtype: dtypesOf(plan, index),
    parameters: plan.parameters,
    device: facts.device,
    versions: { swizzle: packageVersion() },
    date: new Date().toISOString().slice(0, 10),
    file: assembly?.file ?? 'swizzle_recipe.yml',
    command: assembly?.command ?? 'npx swizzle-merge merge swizzle_recipe.yml -o again',
    story: merge.story,
  });
  if (recipe.name !== undefined) cards.set(recipe.name, factsFromReadme(card));
  const { warning } = commonLicense(inputs);
  const names = facts.sideFiles.map((file) => file.name);
  return {
    texts: [
      { name: 'README.md', text: card },
      { name: assembly?.file ?? 'swizzle_recipe.yml', text },
      ...sentenceTransformersFiles(plan.lead.config, names),
    ],
    warnings: [warning, float8Warning(plan, index)].filter((one) => one !== undefined),
  };
}

/** torch has no default type of 8 bits, which transformers sets to a model's own. */
function float8Warning(plan: Plan, index: number): string | undefined {
  const found = plan.tasks
    .map(({ outputs }) => outputs[index]?.dtype)
    .find((dtype) => dtype?.startsWith('F8') === true);
  return (
    found &&
    `${DTYPES[found].torch}: transformers 5.17 does not load models of this dtype (from_pretrained fails in set_default_dtype); safetensors and other programs do`
  );
}

/** A model by a name that stays what it is: org/name@commit, or a path. */
export function pinnedName(model: Checkpoint, out: string, store: ModelStore): string {
  const hub = store.hubModel(model.label);
  return hub === undefined ? localName(model, out) : `${hub.id.name}@${hub.commit}`;
}

/** A local model as seen from the recipe that lies in the output folder. */
function localName({ folder, shards }: Checkpoint, out: string): string {
  const path = relative(resolve(out), resolve(folder ?? shards[0]?.path ?? '')) || '.';
  // so that the recipe means the same on every system
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

async function factsOf({ folder }: Checkpoint): Promise<ModelFacts> {
  if (folder === undefined) return NO_FACTS;
  const text = await readText(join(folder, 'README.md'), MAX_CONFIG_BYTES).catch(() => '');
  return factsFromReadme(text);
}
