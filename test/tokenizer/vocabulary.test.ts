import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { addTokens } from '../../src/models/tokenizer/edit-tokenizer.ts';
import { newTokens, parseVocabulary, type Vocabulary, withTokens } from '../../src/models/tokenizer/vocabulary.ts';
import { addToDecoder } from '../../src/models/tokenizer/tokenizer-config.ts';

const special = (id: number, content: string) => ({ id, content, special: true });

function bpe(vocab: Record<string, number>, added: readonly object[] = []): Vocabulary {
  return parseVocabulary('t.json', JSON.stringify({ added_tokens: added, model: { type: 'BPE', vocab } }));
}

test('tokens of every kind of model, added ones over them', (t) => {
  const word = parseVocabulary('t.json', '{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "##a": 1}}}');
  t.deepEqual(
    [...word.ids],
    [
      ['[UNK]', 0],
      ['##a', 1],
    ],
  );
  const unigram = parseVocabulary('t.json', '{"model": {"type": "Unigram", "vocab": [["<s>", 0], ["▁a", -1.5]]}}');
  t.deepEqual(
    [...unigram.ids],
    [
      ['<s>', 0],
      ['▁a', 1],
    ],
  );
  const { ids, size, modelSize, added } = bpe({ a: 0, b: 1 }, [special(5, '<x>'), special(1, 'b')]);
  t.deepEqual(
    [...ids],
    [
      ['a', 0],
      ['b', 1],
      ['<x>', 5],
    ],
  );
  t.deepEqual([size, modelSize, [...added.keys()]], [6, 2, ['b', '<x>']]);
});

test('broken tokenizers', (t) => {
  for (const text of [
    '{',
    '[]',
    '{"model": {}}',
    '{"model": {"vocab": {"a": "0"}}}',
    '{"model": {"vocab": {}}, "added_tokens": [{"id": -1}]}',
  ]) {
    const error = t.throws(() => parseVocabulary('t.json', text), { instanceOf: SwizzleError, code: 'checkpoint' });
    t.true(error.message.startsWith('t.json: '));
  }
});

test('a union keeps ids and appends in recipe order: tokens, added tokens, wanted ones', (t) => {
  const base = bpe({ a: 0, b: 1 }, [special(2, '<s>')]);
  const second = bpe({ c: 1, a: 0, d: 2 }, [special(3, '<x>')]);
  const third = bpe({ e: 0, c: 1, '<x>': 2 });
  const tokens = newTokens(base, [second, third], ['a', 'new']);
  t.deepEqual(
    tokens.map(({ id, content, special }) => [id, content, special]),
    [
      [3, 'c', false],
      [4, 'd', false],
      [5, 'e', false],
      [6, '<x>', true],
      [7, 'new', false],
    ],
  );
  t.is(withTokens(base, tokens).size, 8);
  t.is(withTokens(base, tokens).ids.get('<x>'), 6);
});

test('tokenizer.json is edited in place', (t) => {
  const [token] = newTokens(bpe({ a: 0 }), [bpe({}, [special(0, '<x>')])], []);
  if (token === undefined) return t.fail();
  const flags = '"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true';
  const added = `    {"id":1,"content":"<x>",${flags}}`;
  const rest = '"model": {"vocab": {"2": 0, "1": 1, "added_tokens": 2}, "score": -1.0}';
  t.is(addTokens(`{${rest}, "added_tokens": [ ]}`, [token]), `{${rest}, "added_tokens": [\n${added}\n  ]}`);
  t.is(
    addTokens(`{"added_tokens": [\n    {"id": 0}\n  ], ${rest}}`, [token]),
    `{"added_tokens": [\n    {"id": 0},\n${added}\n  ], ${rest}}`,
  );
  t.is(addTokens(`{${rest}}`, [token]), `{\n  "added_tokens": [\n${added}\n  ],${rest}}`);
  const config = addToDecoder('{"added_tokens_decoder": {"0": {"content": "a"}}, "max": 1e30}', [token]);
  t.like(JSON.parse(config), { added_tokens_decoder: { 0: { content: 'a' }, 1: { content: '<x>', special: true } } });
  t.true(config.includes('1e30'));
  t.is(addToDecoder('{"max": 1e30}', [token]), '{"max": 1e30}');
});
