import test from 'ava';
import { noteLines, type Note } from '../../src/plan/match/notes.ts';

const notes = (names: readonly string[], what: string): Note[] => names.map((name) => [name, what]);

test('what is noted of a whole part is one line, of the largest such part', (t) => {
  const tower = ['tower.a.weight', 'tower.b.0.weight', 'tower.b.1.weight', 'tower.b.2.weight'];
  const text = ['text.0.up', 'text.0.down', 'text.0.norm', 'text.1.up', 'text.1.down', 'text.1.norm', 'head'];
  const all = [...tower, ...text, ...tower];
  t.deepEqual(noteLines(notes([...tower, 'text.0.up', 'head'], 'missing'), all), [
    'tower.* (4 tensors): missing',
    'text.0.up: missing',
    'head: missing',
  ]);
  const layer = notes(['text.1.up', 'text.1.down', 'text.1.norm'], 'missing');
  t.deepEqual(noteLines([...layer, ...notes(tower.slice(1), 'missing')], all), [
    'text.1.* (3 tensors): missing',
    'tower.b.* (3 tensors): missing',
  ]);
});

test('different notes on a part stay apart', (t) => {
  const names = ['t.a.0', 't.a.1', 't.a.2', 't.b.0', 't.b.1', 't.b.2'];
  const both = [...notes(names.slice(0, 3), 'missing'), ...notes(names.slice(3), 'of another shape')];
  t.deepEqual(noteLines(both, names), ['t.a.* (3 tensors): missing', 't.b.* (3 tensors): of another shape']);
  t.deepEqual(noteLines([...notes(names.slice(0, 2), 'x'), ...notes(names.slice(2, 3), 'y')], names), [
    't.a.0: x',
    't.a.1: x',
    't.a.2: y',
  ]);
});

test('100,000 names, and names of thousands of dots', (t) => {
  const names = Array.from({ length: 100_000 }, (_, i) => `model.layers.${i >> 8}.experts.${i & 255}.up.weight`);
  t.deepEqual(noteLines(notes(names, 'missing'), [...names, 'head']), ['model.* (100000 tensors): missing']);
  const deep = Array.from({ length: 1000 }, (_, i) => `a${i}${'.b'.repeat(10_000)}`);
  t.is(noteLines(notes(deep, 'missing'), deep).length, 1000);
});
