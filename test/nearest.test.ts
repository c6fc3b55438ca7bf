import test from 'ava';
import { nearest } from '../src/nearest.ts';

test('what is nearest to a mistyped word, and that nothing is', (t) => {
  t.is(nearest('linaer', ['linear', 'slerp']), 'linear');
  t.is(nearest('bfloat', ['float16', 'bfloat16']), 'bfloat16');
  t.is(nearest('Dare-Ties', ['ties', 'dare_ties']), 'dare_ties');
  t.is(nearest('bb', ['a', 'b']), 'b');
  t.is(nearest('quantise', ['linear', 'slerp']), undefined);
  // a letter is no nearer to one than to another
  t.is(nearest('a', ['b', 'm']), undefined);
  t.is(nearest('A', ['b', 'a']), 'a');
});
