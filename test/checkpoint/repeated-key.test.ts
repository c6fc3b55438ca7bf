import test from 'ava';
import fc from 'fast-check';
import { isRecord, repeatedKey } from '../../src/models/checkpoint/header/repeated-key.ts';

function check(text: string): string | undefined {
  const root: unknown = JSON.parse(text);
  if (!isRecord(root)) throw new Error('not an object');
  return repeatedKey(Buffer.from(text), text, root);
}

test('a key that stands twice is found, at the top and inside; in different objects it is fine', (t) => {
  t.is(check('{}'), undefined);
  t.is(check('{"a":1,"b":{"a":2},"c":{"a":3}}'), undefined);
  t.is(check('{"a":1,"b":2,"a":3}'), 'a');
  t.is(check('{"a":{"x":1,"y":2,"x":3}}'), 'x');
  t.is(check('{"a":{"x":1,"x":2},"a":{"z":1}}'), 'x');
  t.is(check('{"\\u0061":1,"a":2}'), 'a');
  t.is(check('{"__proto__":{"k":1},"__proto__":{}}'), '__proto__');
});

test('colons, quotes and backslashes in strings are no keys', (t) => {
  t.is(check('{"a:b":{"\\"":"::\\\\"},"a":":"}'), undefined);
  t.is(check('{"\\\\":":","\\\\":1}'), '\\');
});

const key = fc.constantFrom('a', ':', '"', '\\', '\\":', 'é', '__proto__');
const entries = fc.array(fc.tuple(key, fc.constantFrom('1', '":"', '[1,2]')), { maxLength: 4 });
const objects = fc.array(fc.tuple(key, entries), { maxLength: 4 });

test('property: as a comparison of all keys says', (t) => {
  const unique = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;
  const textOf = (list: readonly (readonly [string, string])[]): string =>
    `{${list.map(([name, value]) => `${JSON.stringify(name)} : ${value}`).join(', ')}}`;
  fc.assert(
    fc.property(objects, (list) => {
      const text = textOf(list.map(([name, inner]) => [name, textOf(inner)]));
      const fine = unique(list.map(([name]) => name)) && list.every(([, inner]) => unique(inner.map(([name]) => name)));
      t.is(check(text) === undefined, fine, text);
    }),
  );
});
