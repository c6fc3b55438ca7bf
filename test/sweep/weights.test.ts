import { readFileSync } from 'node:fs';
import test from 'ava';
import { softmaxWeights, targetWeights } from '../../src/recipe/weights.ts';

interface Reference {
  readonly fewShotLoss: Record<string, Record<string, number>>;
  readonly weights: Record<string, Record<string, number[]>>;
  readonly modelOrder: string[];
}

const reference = JSON.parse(readFileSync('fixtures/mini-cocktail/reference.json', 'utf8')) as Reference;

test('the weights that LM_Cocktail computes from its losses', (t) => {
  let compared = 0;
  for (const [setting, domains] of Object.entries(reference.weights)) {
    const temperature = Number(setting.replace('tau=', ''));
    for (const [domain, expected] of Object.entries(domains)) {
      const losses = reference.modelOrder.map((model) => reference.fewShotLoss[domain]?.[model] ?? Number.NaN);
      const found = softmaxWeights(losses, temperature);
      for (const [index, weight] of expected.entries()) {
        t.true(Math.abs((found[index] ?? Number.NaN) - weight) < 1e-6, `${setting} ${domain}: ${found} ${expected}`);
        compared += 1;
      }
    }
  }
  t.is(compared, 18);
});

test('large losses neither overflow nor vanish', (t) => {
  t.deepEqual(softmaxWeights([1e6, 1e6], 0.1), [0.5, 0.5]);
  t.deepEqual(softmaxWeights([0, 1e9], 1), [1, 0]);
});

test('the two-stage form: the target keeps its share, the others divide the rest', (t) => {
  const found = targetWeights([2, 3, 99, 2], 1, 2, 0.6);
  const rest = softmaxWeights([2, 3, 2], 1).map((share) => share * 0.4);
  t.deepEqual(found, [rest[0], rest[1], 0.6, rest[2]]);
});

test('what is refused', (t) => {
  t.throws(() => softmaxWeights([1], 0), { message: /temperature: expected a number above 0, found 0/ });
  t.throws(() => softmaxWeights([1, Number.NaN], 1), { message: /found NaN/ });
  t.throws(() => targetWeights([1, 2], 1, 0, 1.5), { message: /--mix: expected a share/ });
  t.throws(() => targetWeights([1], 1, 0, 0.5), { message: /at least one other/ });
});
