import test from 'ava';
import { FAULT_CASES, faultSeries } from '../support/fault-runs.ts';
import { ALL_CASES } from '../support/sample.ts';
import type { FaultKind } from '../support/faults.ts';

// Some operations, others in every run; all of them, on every device: test/long/faults.long.ts.

const SEED = Date.now() % 1000;

const EVERY: Readonly<Record<string, readonly [kind: FaultKind, every: number][]>> = {
  linear: [
    ['EIO', ALL_CASES ? 7 : 23],
    ['short', ALL_CASES ? 17 : 47],
  ],
  'ties, two outputs': [
    ['ENOSPC', ALL_CASES ? 19 : 61],
    ['late', ALL_CASES ? 37 : 97],
  ],
};

for (const one of FAULT_CASES) {
  for (const [kind, every] of EVERY[one.title] ?? []) {
    const first = 1 + (SEED % every);
    // the title says how to have the same operations again
    const title = `${one.title}: ${kind} at operations ${first}, ${first + every}, … on files, then gone on with`;
    test.serial(title, async (t) => {
      const { operations, runs, failed } = await faultSeries(t, one, kind, { device: 'cpu' }, { first, every });
      t.true(operations > 80);
      t.is(runs, Math.floor((operations - first) / every) + 1);
      if (kind === 'short') t.is(failed, 0);
      else t.true(failed > 0);
    });
  }
}
