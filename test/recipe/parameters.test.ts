import test from 'ava';
import { parameterAt, type Parameters } from '../../src/recipe/parameters.ts';
import { layerOf, layerPosition } from '../../src/plan/layers/stacks.ts';

const plain = (value: number | boolean | number[]): Parameters => new Map([['weight', [{ filter: undefined, value }]]]);

test('a layer gradient is piecewise linear over 0 to 1', (t) => {
  const at = (position: number): unknown => parameterAt([plain([0, 1, 0.5])], 'weight', 'x', position);
  t.deepEqual([0, 0.25, 0.5, 0.75, 1].map(at), [0, 0.5, 1, 0.75, 0.5]);
  t.is(parameterAt([plain([7])], 'weight', 'x', 0.3), 7);
});

test('the first filter that matches counts; a level whose filters do not match is passed over', (t) => {
  const filtered: Parameters = new Map([
    [
      'weight',
      [
        { filter: 'self_attn', value: 1 },
        { filter: 'attn', value: 2 },
      ],
    ],
  ]);
  const levels = [filtered, plain(3)];
  t.is(parameterAt(levels, 'weight', 'l.self_attn.q', 0), 1);
  t.is(parameterAt(levels, 'weight', 'l.cross_attn.q', 0), 2);
  t.is(parameterAt(levels, 'weight', 'l.mlp', 0), 3);
  t.is(parameterAt([filtered], 'weight', 'l.mlp', 0), undefined);
});

test('layers are found by the first number in the name', (t) => {
  t.deepEqual(layerOf('model.layers.12.mlp.experts.3.w1.weight'), {
    prefix: 'model.layers.',
    index: 12,
    rest: '.mlp.experts.3.w1.weight',
  });
  t.is(layerOf('model.norm.weight'), undefined);
  t.deepEqual([layerPosition(0, 1), layerPosition(0, 3), layerPosition(2, 3)], [1, 0, 1]);
});
