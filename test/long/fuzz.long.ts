import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { fuzz, readers } from '../support/fuzz.ts';

const COUNT = Number(process.env['SWIZZLE_FUZZ'] ?? 12_000);
const SEED = Number(process.env['SWIZZLE_FUZZ_SEED'] ?? Date.now() % 1_000_000);

for (const reader of await readers()) {
  test.serial(
    `${reader.name}: mutants and made files are read or refused with a typed error, within a second`,
    async (t) => {
      const before = process.memoryUsage().rss;
      const { findings, made, read } = await fuzz(reader, SEED, COUNT);
      for (const [index, { input, what }] of findings.slice(0, 20).entries()) {
        await mkdir('build/fuzz', { recursive: true });
        await writeFile(join('build/fuzz', `${reader.name}-${SEED}-${index}`), input);
        t.log(what.slice(0, 300));
      }
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      t.deepEqual(findings.length, 0);
      t.true(grown < 200, `grew by ${grown.toFixed(0)} MiB`);
      t.log(
        `fuzz: ${reader.name}, seed ${SEED}, ${COUNT - made} mutants, ${made} made (${read} good), 0 findings, ${grown.toFixed(0)} MiB more`,
      );
    },
  );
}
