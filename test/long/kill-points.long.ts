import test from 'ava';
import { killAtEveryPoint } from '../support/kill-points.ts';

for (const mode of ['kill', 'kill-after'] as const) {
  test.serial(`a run with --force, killed at every change of a name: ${mode}`, async (t) => {
    await killAtEveryPoint(t, mode, 1);
  });
}
