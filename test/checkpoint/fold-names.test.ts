import test from 'ava';
import { foldNames } from '../../src/models/checkpoint/names.ts';

test('names that differ in numbers alone are folded, at the first one’s place', (t) => {
  const names = [
    'embed',
    'layers.0.up',
    'layers.0.down',
    'layers.1.up',
    'layers.1.down',
    'layers.2.up',
    'norm2.weight',
  ];
  t.deepEqual(
    foldNames(
      names,
      names.map(() => ''),
    ),
    [
      { pattern: 'embed', members: [0] },
      { pattern: 'layers.{0-2}.up', members: [1, 3, 5] },
      { pattern: 'layers.{0-1}.down', members: [2, 4] },
      { pattern: 'norm2.weight', members: [6] },
    ],
  );
});

test('another shape is another line; gaps are listed; experts have two numbers', (t) => {
  const names = ['l.0.w', 'l.1.w', 'l.2.w', 'l.4.w', 'x.0.e.0', 'x.0.e.1', 'x.1.e.0', 'x.1.e.1'];
  const folded = foldNames(names, ['a', 'b', 'a', 'a', ...Array.from({ length: 4 }, () => 'c')]);
  t.deepEqual(
    folded.map(({ pattern }) => pattern),
    ['l.{0,2,4}.w', 'l.1.w', 'x.{0-1}.e.{0-1}'],
  );
});

test('100,000 names are folded at once', (t) => {
  const names = Array.from(
    { length: 100_000 },
    (_, index) => `layers.${Math.floor(index / 10)}.part${index % 10}.weight`,
  );
  const started = performance.now();
  const folded = foldNames(
    names,
    names.map(() => ''),
  );
  t.is(folded.length, 10);
  t.is(folded[9]?.pattern, 'layers.{0-9999}.part9.weight');
  t.true(performance.now() - started < 5000);
});
