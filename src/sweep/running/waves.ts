import { SwizzleError } from '../../errors.ts';
import type { Part } from '../../plan/part.ts';
import { isBetter, leaderboard, scoreOf } from '../../report/ranking.ts';
import { soupModels, soupOf } from '../axes/assignments.ts';
import { type Variant, variantOf, variantsOfSweep } from '../axes/variant.ts';
import type { SweepSpec } from '../file/spec.ts';
import type { SweepState } from '../log/state.ts';

/**
 * The variants of a sweep in waves: a wave is asked for when the one before it is scored. All strategies but greedy-soup
 * have one wave.
 * @param state is read again before each wave
 */
export function* waves(spec: SweepSpec, state: SweepState): Generator<Variant[]> {
  yield variantsOfSweep(spec);
  if (spec.strategy === 'greedy-soup') yield* soup(spec, state);
}

/**
 * Greedy soup (Model Soups, arXiv 2203.05482, recipe 1): models by score, best first; each is added to the average and
 * stays in it where the score does not get worse.
 */
function* soup(spec: SweepSpec, state: SweepState): Generator<Variant[]> {
  const { objective, template } = spec;
  if (objective === undefined) return;
  const models = soupModels(spec);
  const variantWith = (members: readonly string[]): Variant => variantOf(template, soupOf(models, members));
  const singles = models.map((model) => {
    const variant = variantWith([model]).name;
    return { model, variant, scores: state.get(variant)?.scores };
  });
  const { metric, goal } = objective;
  const ranked = leaderboard(singles, metric, goal).filter((single) => scoreOf(single, metric) !== undefined);
  const [first, ...others] = ranked;
  let best = first && scoreOf(first, metric);
  if (first === undefined || best === undefined) return;
  const members = [first.model];
  for (const { model } of others) {
    const candidate = variantWith([...members, model]);
    yield [candidate];
    const score = scoreOf({ variant: candidate.name, scores: state.get(candidate.name)?.scores }, metric);
    if (score === undefined || isBetter(goal, best, score)) continue;
    best = score;
    members.push(model);
  }
}

/** The variants of a part: neighbours, so that they share passes. @throws SwizzleError 'usage' for a strategy that has no parts */
export function variantsOfPart(spec: SweepSpec, { index, count }: Part): Variant[] {
  if (spec.strategy === 'greedy-soup') {
    throw new SwizzleError(
      'usage',
      `${spec.file}: greedy-soup has no parts: each of its variants depends on those before`,
    );
  }
  const all = variantsOfSweep(spec);
  return all.slice(Math.floor((index * all.length) / count), Math.floor(((index + 1) * all.length) / count));
}
