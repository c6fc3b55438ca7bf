import test from 'ava';
import { killAndResume } from '../support/kill-resume.ts';
import { temporaryFolder } from '../support/temporary.ts';

test('merges killed at random moments and resumed are byte for byte what they would have been', async (t) => {
  const seed = Date.now() % 1_000_000;
  const { killed, resumed } = await killAndResume(t, await temporaryFolder(t), seed, 4, [{ device: 'cpu' }]);
  t.log(`seed ${seed}: ${killed} killed, ${resumed} resumed`);
});
