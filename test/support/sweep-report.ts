import type { SweepReport } from '../../src/report/sweep-report.ts';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import { applyEvent, toReport, type VariantState } from '../../src/sweep/log/state.ts';
import { variantsOfSweep } from '../../src/sweep/axes/variant.ts';

/** The report of a sweep over `axes`, scored by a function of the parameters in place of a scorer. */
export function scoredReport(
  axes: string,
  parameters: readonly string[],
  score: (values: readonly number[]) => Record<string, number> | undefined,
): SweepReport {
  const models = parameters.map((name) => `{ model: "<${name}> & co", parameters: { weight: $${name} } }`);
  const text = `recipe: { merge_method: linear, models: [${models.join(', ')}] }
axes: ${axes}
score: { file: none.csv }
objective: { metric: loss }
`;
  const spec = parseSweep('sweep.yml', text);
  const state = new Map<string, VariantState>();
  for (const { name, parameters: values, recipe } of variantsOfSweep(spec)) {
    applyEvent(state, { event: 'variant', variant: name, parameters: values, recipe });
    const scores = score(parameters.map((parameter) => Number(values[parameter])));
    if (scores) applyEvent(state, { event: 'scored', variant: name, scores, seconds: 1, attempts: 1 });
    else {
      const failure = {
        stage: 'score',
        message: 'score.py ended with code 1, expected 0',
        output: '',
        attempts: 1,
      } as const;
      applyEvent(state, { event: 'failed', variant: name, ...failure });
    }
  }
  return toReport(spec, state, 'cocktail <1>');
}
