import { readFileSync } from 'node:fs';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { programOf } from '../../src/forward/programs/registry.ts';

// What the fuzzer found: sizes that no model has were taken at their word.

const CONFIG = JSON.parse(readFileSync('fixtures/mini-cocktail/base/config.json', 'utf8')) as Record<string, unknown>;

const program = (changes: Readonly<Record<string, unknown>>): unknown =>
  programOf('m', JSON.stringify({ ...CONFIG, ...changes }), () => true);

for (const [field, value] of [
  ['num_hidden_layers', 1e308],
  ['num_hidden_layers', 2 ** 32],
  ['num_hidden_layers', 10_001],
  ['num_hidden_layers', 1.5],
  ['num_hidden_layers', -1],
  ['hidden_size', 0],
  ['vocab_size', 2 ** 53],
  ['head_dim', 0.5],
  ['num_attention_heads', 1e20],
] as const) {
  test(`${field} of ${value} is refused by its name`, (t) => {
    t.notThrows(() => program({}));
    const error = t.throws(() => program({ [field]: value }), { instanceOf: SwizzleError, code: 'checkpoint' });
    t.regex(error.message, new RegExp(`^m: config\\.json: ${field}: expected a whole number from 1 to \\d+, found `));
  });
}
