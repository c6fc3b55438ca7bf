import test from 'ava';
import { swizzle } from '../support/command.ts';

const MODELS = 'fixtures/recipes/models';

test('inspect tells of rows, tokens and template', async (t) => {
  const { stdout } = await swizzle(['inspect', `${MODELS}/c`]);
  t.regex(stdout, /^ {2}vocabulary 143 rows, 138 tokens \(6 added\), chat template$/m);
  const plain = await swizzle(['inspect', `${MODELS}/a`, '--json']);
  const { vocabulary } = JSON.parse(plain.stdout);
  t.deepEqual(vocabulary, { rows: 135, tokens: 135, added: 3 });
});

test('diff tells where vocabularies differ', async (t) => {
  const other = await swizzle(['diff', `${MODELS}/a`, `${MODELS}/b`]);
  t.is(other.code, 1);
  t.regex(
    other.stdout,
    /^vocabularies: 83 tokens only in the first, 72 only in the second, 52 in both; \d+ with different ids$/m,
  );
  const more = await swizzle(['diff', `${MODELS}/a`, `${MODELS}/c`]);
  t.regex(
    more.stdout,
    /^vocabularies: 0 tokens only in the first, 3 only in the second, 135 in both; different chat templates$/m,
  );
  const same = await swizzle(['diff', `${MODELS}/a`, `${MODELS}/d`]);
  t.notRegex(same.stdout, /vocabular/);
});
