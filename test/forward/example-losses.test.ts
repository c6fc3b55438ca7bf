import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { exampleLosses, pairedDifference } from '../../src/example-losses.ts';
import type { LossPart } from '../../src/forward/examples/losses.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const part = (sum: number, count = 1, group?: string): LossPart => ({ sum, count, group });

test('a paired difference has the mean and the standard error of the differences', (t) => {
  const a = exampleLosses([1, 2, 4, 8].map((sum) => part(sum)));
  const b = exampleLosses([0.5, 2.5, 3, 5].map((sum) => part(sum)));
  // differences 0.5, -0.5, 1, 3: mean 1, variance 13/6
  const found = pairedDifference(a, b, 'loss');
  t.is(found?.difference, 1);
  t.true(Math.abs((found?.error ?? 0) - Math.sqrt(13 / 6 / 4)) < 1e-12);
  t.is(found?.examples, 4);
});

test('groups count alike, examples by their tokens, and a single example has no error', (t) => {
  const a = exampleLosses([part(10, 10, 'x'), part(30, 20, 'x'), part(5, 5, 'y'), part(1, 5, 'y')]);
  const b = exampleLosses([part(5, 10, 'x'), part(20, 20, 'x'), part(5, 5, 'y'), part(2, 5, 'y')]);
  // x: 15 / 30, y: -1 / 10
  t.is(pairedDifference(a, b, 'x')?.difference, 0.5);
  t.is(pairedDifference(a, b, 'loss')?.difference, 0.2);
  // x: residuals 0 and 0; y: residuals 0.5 and -0.5, 2 · 0.5 under the root, over 10 tokens; two groups
  t.true(Math.abs((pairedDifference(a, b, 'loss')?.error ?? 0) - Math.sqrt(2 * 0.5) / 10 / 2) < 1e-12);
  const one = exampleLosses([part(1, 1, 'x')]);
  t.deepEqual(pairedDifference(one, one, 'x'), { difference: 0, error: undefined, examples: 1 });
});

test('accuracies are compared by item; other examples are not compared', (t) => {
  const parts = [part(1), part(1), part(1), part(1)];
  const a = exampleLosses(parts, { acc: '11-0' });
  const b = exampleLosses(parts, { acc: '10-0' });
  t.is(pairedDifference(a, b, 'acc')?.difference, 1 / 3);
  t.is(pairedDifference(a, b, 'acc')?.examples, 3);
  t.is(pairedDifference(a, exampleLosses(parts.slice(1)), 'loss'), undefined);
  t.is(pairedDifference(a, b, 'size'), undefined);
});

test('a sweep compares each variant with the leader and the base over the same examples', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  const args = ['sweep', 'test/forward/sweep-choice.yml', '-o', out, '--device', 'cpu', '--no-write', '--quiet'];
  const { code, stderr } = await swizzle(args);
  t.is(code, 0, stderr);
  const { rows } = JSON.parse(readFileSync(join(out, 'leaderboard.json'), 'utf8')) as {
    rows: {
      scores: Record<string, number>;
      toLeader?: { difference: number; error: number };
      toBase?: { difference: number; error: number };
    }[];
  };
  const [leader, second] = rows;
  t.is(leader?.toLeader, undefined);
  t.true(
    Math.abs((second?.toLeader?.difference ?? 0) - ((second?.scores['loss'] ?? 0) - (leader?.scores['loss'] ?? 0))) <
      1e-6,
  );
  t.true((second?.toLeader?.error ?? 0) > 0);
  t.truthy(leader?.scores['acc_norm']);
  t.is(rows.filter(({ toBase }) => toBase === undefined).length, 1);
  t.regex(
    readFileSync(join(out, 'leaderboard.csv'), 'utf8'),
    /^rank,.*,to_leader,to_leader_stderr,to_base,to_base_stderr$/m,
  );
  t.regex(readFileSync(join(out, 'report.html'), 'utf8'), /to the leader/);
  // the log has what a later run compares by
  t.regex(readFileSync(join(out, 'sweep.jsonl'), 'utf8'), /"examples":\{"sums":\[/);
});
