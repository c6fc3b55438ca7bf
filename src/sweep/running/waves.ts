import { leaderboard, isBetter, scoreOf } from '../../report/order.ts';
import { soupModels, soupOf } from '../axes/assignments.ts';
import type { SweepSpec } from '../file/spec.ts';
import type { SweepState } from '../log/state.ts';
import { variantsOfSweep } from '../axes/variants-of-sweep.ts';
import { type Variant, variantOf } from '../axes/variant.ts';

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
