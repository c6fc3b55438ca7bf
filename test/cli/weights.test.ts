import test from 'ava';
import { joinWeights, parseWeights } from '../../src/cli/parser/weights.ts';

const JOINED = ['a', 'b', '-o', 'out', '--weights=0.3,0.7'];

test('weights come in every order and spelling', (t) => {
  const spellings = [
    'a b --weights 0.3 0.7 -o out',
    'a b -o out --weights 0.3 0.7',
    'a b --weights 0.3,0.7 -o out',
    'a b --weights=0.3,0.7 -o out',
    'a b --weights=0.3 --weights=0.7 -o out',
    'a b --weights 0.3 --weights 0.7 -o out',
    'a b --weight 0.3 --weight 0.7 -o out',
    '--weights 0.3 0.7 a b -o out',
    'a --weights 0.3 b --weights 0.7 -o out',
  ];
  for (const words of spellings) t.deepEqual(joinWeights(words.split(' ')), JOINED, words);
  t.deepEqual(joinWeights(['a', 'b', '--weights', '0.3, 0.7', '-o', 'out']).slice(0, -1), JOINED.slice(0, -1));
});

test('what is no weight stays where it is', (t) => {
  t.deepEqual(joinWeights(['--weights', '-0.5', '1.5', 'm/2', '-o', 'x']), ['m/2', '-o', 'x', '--weights=-0.5,1.5']);
  t.deepEqual(joinWeights(['a', '--weights', '-o', 'x']), ['a', '-o', 'x', '--weights']);
  t.deepEqual(joinWeights(['a', '-o', 'x']), ['a', '-o', 'x']);
});

test('fractions and percents are weights, words are not', (t) => {
  t.deepEqual(parseWeights('0.3, 0.7'), [0.3, 0.7]);
  t.deepEqual(parseWeights('1/4;75%'), [0.25, 0.75]);
  t.deepEqual(parseWeights('-.5 1e-3 +2'), [-0.5, 0.001, 2]);
  for (const word of ['half', '0.2.5', '1/0', '2x', '0x10', 'NaN']) {
    t.throws(() => parseWeights(word), { message: `--weights: expected numbers, one a model, found "${word}"` });
  }
});
