import test from 'ava';
import { fuzz, readers } from '../support/fuzz.ts';

const COUNT = 150;

for (const reader of await readers()) {
  test(`${reader.name}: ${COUNT} mutants are read or refused with a typed error`, async (t) => {
    const seed = Date.now() % 1_000_000;
    const findings = await fuzz(reader, seed, COUNT);
    t.deepEqual(
      findings.map(({ what, input }) => `seed ${seed}: ${what}: ${input.toString('base64').slice(0, 2000)}`),
      [],
    );
  });
}
