import test from 'ava';
import { formatRate, formatTable } from '../../src/cli/terminal/format.ts';

test('columns of numbers stand to the right, all others to the left', (t) => {
  const rows = [
    ['tensor', 'count', 'mixed'],
    ['a', 5, 1],
    ['long name', 1234, 'x'],
  ];
  t.deepEqual(formatTable(rows), ['tensor     count  mixed', 'a              5  1', 'long name   1234  x']);
  t.deepEqual(formatTable([['tensor', 'count']]), ['tensor  count']);
  t.deepEqual(formatTable([]), []);
});

test('a table of 200,000 rows', (t) => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`t${index}`, index, '[4]']);
  const lines = formatTable([['tensor', 'count', 'shape'], ...rows]);
  t.is(lines.length, 200_001);
  t.is(lines[1], 't0            0  [4]');
  t.is(lines.at(-1), 't199999  199999  [4]');
});

test('rates have the unit in which they are read', (t) => {
  t.is(formatRate(1.61e9, 1), '1.61 GB/s');
  t.is(formatRate(1e8, 1), '0.10 GB/s');
  t.is(formatRate(3.5e7, 2), '17.5 MB/s');
  t.is(formatRate(1e5, 1), '0.1 MB/s');
  t.is(formatRate(23_630, 1.03), '22.9 kB/s');
  t.is(formatRate(0, 0), '0.0 kB/s');
});
