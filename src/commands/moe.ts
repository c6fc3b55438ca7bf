import type { MoeConfig } from '../recipe/moe.ts';
import type { Models } from '../models/models.ts';
import { modelStore } from '../models/open/model-store.ts';
import { assembleMoe, moeShape, type RouterRows } from '../plan/moe/assemble.ts';
import type { Assembly } from '../run/merge/assembly.ts';
import { checkRoom } from '../run/merge/disk-room.ts';
import { noResults } from '../run/merge/earlier-results.ts';
import { openDevices } from '../run/merge/merger.ts';
import type { ModelAbout } from '../run/merge/merge-about.ts';
import { emptyRows, planRouters, type PlannedRouters } from '../run/moe/compute-routers.ts';
import { MIXTURE, openMoe, recipeOfMixture } from '../run/moe/open-moe.ts';
import { type RouterLayer, routerReport, routerWarnings } from '../run/moe/router-report.ts';
import { withStoredOptions } from '../run/merge/stored-options.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { checkPlaceNames } from '../run/open/model-places.ts';
import { ResourceStack } from '../resource-stack.ts';
import { lookAtTarget, mergeOne, type MergeOptions, type MergeSummary, planWith, type PreparedMerge } from './merge.ts';

/** How a mixture of experts is built; everything but its config. */
export interface MoeOptions extends Omit<MergeOptions, 'format' | 'gguf' | 'keepIntermediate' | 'allowMissing'> {
  /** Called during the forward pass over the prompts: the share that is done, 0 to 1. */
  readonly onRouterProgress?: ((share: number) => void) | undefined;
  /** Called with the routers' report, before weights are written. */
  readonly onRouters?: ((report: RouterAbout) => void) | undefined;
}

/** What the routers were made from, and how well they tell experts apart. */
export interface RouterAbout {
  readonly gateMode: MoeConfig['gateMode'];
  /** "Mixtral". */
  readonly kind: string;
  readonly experts: number;
  readonly perToken: number;
  /** Different prompts, and their tokens. */
  readonly prompts: number;
  readonly tokens: number;
  /** Empty before the routers are computed. */
  readonly layers: readonly RouterLayer[];
}

export interface PreparedMoe extends PreparedMerge {
  readonly routers: RouterAbout;
}

export interface MoeSummary extends MergeSummary {
  readonly routers: RouterAbout;
}

/** A mixture that can be planned or written. */
interface Opened {
  readonly routers: PlannedRouters;
  readonly checked: CheckedRecipe;
  readonly options: MergeOptions;
  assembly(rows: readonly RouterRows[]): Assembly;
  about(layers: readonly RouterLayer[]): RouterAbout;
}

/**
 * Builds a mixture of experts from dense models: mergekit-moe's job. `out` is complete or does not exist.
 * @throws SwizzleError with every kind of code; the signal's reason when aborted
 */
export async function moe(given: MoeConfig, wishes: MoeOptions): Promise<MoeSummary> {
  const started = performance.now();
  await lookAtTarget(wishes, []);
  await using stack = new ResourceStack();
  const { routers, checked, options, assembly, about } = await open(given, wishes, stack);
  const devices = await openDevices(options, stack);
  // everything that can be refused is refused before the forward pass
  const empty = assembly(emptyRows(routers));
  await planWith(devices, empty)(checked, options, noResults(options.out));
  await checkRoom(options.out, 0, empty.store.pending());
  await empty.store.fetchWeights();
  const rows = await routers.compute(wishes.onRouterProgress);
  const layers = routerReport(rows, routers.hidden);
  const found = about(layers);
  wishes.onRouters?.(found);
  const warned = { ...checked, warnings: [...checked.warnings, ...routerWarnings(layers)] };
  const summary = await mergeOne(warned, options, devices, noResults(options.out), assembly(rows));
  return { ...summary, seconds: (performance.now() - started) / 1000, routers: found };
}

/** Plans a mixture of experts without reading weights. */
export async function planMoe(given: MoeConfig, wishes: MoeOptions): Promise<PreparedMoe> {
  await lookAtTarget(wishes, []);
  await using stack = new ResourceStack();
  const { routers, checked, options, assembly, about } = await open(given, wishes, stack);
  const devices = await openDevices(options, stack);
  const plan = planWith(devices, assembly(emptyRows(routers)));
  return { ...(await plan(checked, { ...options, hashInputs: false }, noResults(options.out))), routers: about([]) };
}

async function open(given: MoeConfig, wishes: MoeOptions, stack: ResourceStack): Promise<Opened> {
  const config = { ...given, seed: wishes.seed ?? given.seed };
  checkPlaceNames(wishes.places, namesIn(config), config.file);
  const store = stack.use(modelStore(wishes.hub, wishes.signal));
  const found = await openMoe(config, store, wishes);
  const { parts, models } = found;
  const routers = await planRouters(config, found, moeShape(parts), store, wishes);
  const checked = recipeOfMixture(config, found.dtype);
  const options = withStoredOptions(checked, wishes);
  const { name: kind } = parts.kind;
  return {
    routers,
    checked,
    options,
    assembly: (rows) => ({
      checkpoint: assembleMoe(MIXTURE, parts, rows),
      parts: models,
      about: aboutModels(config, models),
      store,
      method: { name: 'moe', title: `mixture of experts (${kind})`, source: 'mergekit-moe' },
      file: 'swizzle_moe.yml',
      text: config.text,
      command: 'npx swizzle-merge moe swizzle_moe.yml -o again',
      seed: isRandom(config) ? config.seed : undefined,
    }),
    about: (layers) => {
      const { experts, prompts, tokens } = routers;
      return { gateMode: config.gateMode, kind, experts, perToken: config.perToken, prompts, tokens, layers };
    },
  };
}

function namesIn({ base, experts, shared }: MoeConfig): string[] {
  return [...new Set([base, ...[...experts, ...shared].map(({ model }) => model)])];
}

/** The models with what each is used for. */
function aboutModels({ base, experts, shared }: MoeConfig, models: Models): ModelAbout[] {
  return [...models.keys()].map((model) => {
    const numbers = experts.flatMap((expert, index) => (expert.model === model ? [index] : []));
    const roles = [
      ...(numbers.length === 0 ? [] : [`${numbers.length === 1 ? 'expert' : 'experts'} ${numbers.join(', ')}`]),
      ...(shared.some((expert) => expert.model === model) ? ['shared expert'] : []),
    ];
    return { model, weight: roles.length === 0 ? undefined : roles.join(', '), base: model === base };
  });
}

function isRandom({ gateMode, experts, shared }: MoeConfig): boolean {
  return (
    gateMode === 'random' || gateMode === 'uniform_random' || [...experts, ...shared].some(({ noise }) => noise > 0)
  );
}
