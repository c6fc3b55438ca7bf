import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { merge } from '../../src/index.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

// Many merges in one process: nothing may be left of one when the next begins.

const MERGES = Number(process.env['SWIZZLE_SOAK'] ?? 500);
/** After these everything is loaded and compiled. */
const WARM = 20;

interface Held {
  readonly threads: number;
  readonly descriptors: number;
  /** MiB, after a collection. */
  readonly memory: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function held(): Promise<Held> {
  for (let i = 0; i < 3; i++) {
    collect();
    // what is collected is given back a little later
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  const number = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    threads: number('Threads'),
    descriptors: readdirSync('/proc/self/fd').length,
    memory: number('VmRSS') / 1024,
  };
}

const recipe = {
  merge_method: 'slerp',
  base_model: 'fixtures/mini-cocktail/base',
  models: [{ model: 'fixtures/mini-cocktail/ft-c' }],
  parameters: { t: 0.4 },
};

const devices = process.platform === 'linux' ? await mergeDevices() : [];

for (const { label, ...device } of devices) {
  test.serial(`${MERGES} merges in one process leave nothing behind: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    let before: Held | undefined;
    for (let i = 0; i < MERGES + WARM; i++) {
      const out = join(folder, String(i));
      await merge(recipe, { ...device, out });
      await rm(out, { recursive: true });
      if (i === WARM - 1) before = await held();
    }
    const after = await held();
    t.log(`${label}: before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    t.true(after.threads <= (before?.threads ?? 0) + 2);
    t.true(after.descriptors <= (before?.descriptors ?? 0) + 2);
    t.true(after.memory <= (before?.memory ?? 0) + 25);
  });
}
