import test from 'ava';
import { sampleSize } from '../support/sample.ts';
import { fuzz, readers } from '../support/fuzz.ts';

const COUNT = sampleSize(600, 0.25);

for (const reader of await readers()) {
  test.serial(`${reader.name}: ${COUNT} mutants and made files are read or refused with a typed error`, async (t) => {
    const seed = Date.now() % 1_000_000;
    const { findings, made, read } = await fuzz(reader, seed, COUNT);
    t.deepEqual(
      findings.map(({ what, input }) => `seed ${seed}: ${what}: ${input.toString('base64').slice(0, 2000)}`),
      [],
    );
    // one of 22 recipes that the grammar makes is good, so that a few might have none; a grammar of which nothing is good tries nothing but the first check
    if (made > 250) t.true(read > 0, `seed ${seed}: none of ${made} that were made are good`);
  });
}
