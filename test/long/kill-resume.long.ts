import test from 'ava';
import { testAdapters } from '../support/adapters.ts';
import { killAndResume } from '../support/kill-resume.ts';
import { temporaryFolder } from '../support/temporary.ts';

const RUNS = Number(process.env['SWIZZLE_TORTURE_RUNS'] ?? 200);
const SEED = Number(process.env['SWIZZLE_TORTURE_SEED'] ?? Date.now() % 1_000_000);

test(`merges killed at random moments and resumed, seed ${SEED}`, async (t) => {
  const { present } = await testAdapters();
  const gpus = present.map(({ name }) => ({ device: 'webgpu', adapter: name }) as const);
  const { runs, killed, resumed } = await killAndResume(t, await temporaryFolder(t), SEED, RUNS, [
    { device: 'cpu' },
    { device: 'cpu' },
    ...gpus,
  ]);
  t.true(resumed > 0);
  t.log(`torture: seed ${SEED}, ${runs} runs, ${killed} killed, ${resumed} resumed, 0 differences`);
});
