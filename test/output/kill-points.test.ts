import test from 'ava';
import { killAtEveryPoint } from '../support/kill-points.ts';

test('a run with --force, killed around its last steps: OUT is the old model, the new one, or put right by the next run', async (t) => {
  await killAtEveryPoint(t, 'kill', 12);
});
