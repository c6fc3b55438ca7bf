import test from 'ava';
import { FAULT_CASES, faultSeries } from '../support/fault-runs.ts';
import type { FaultKind } from '../support/faults.ts';
import { mergeDevices } from '../support/merge-devices.ts';

const KINDS: readonly FaultKind[] = ['EIO', 'ENOSPC', 'EAGAIN', 'short', 'late'];

for (const device of await mergeDevices()) {
  for (const one of FAULT_CASES) {
    for (const kind of KINDS) {
      test.serial(`${device.label}, ${one.title}: ${kind} at every operation on a file`, async (t) => {
        t.timeout(20 * 60_000);
        const { runs, failed, resumed } = await faultSeries(t, one, kind, device);
        if (kind === 'short') t.is(failed, 0);
        else t.true(failed > 0 && resumed > 0);
        t.log(`faults: ${device.label}, ${one.title}, ${kind}: ${runs} runs, ${failed} failed, ${resumed} resumed`);
      });
    }
  }
}
