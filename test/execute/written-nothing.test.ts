import { join } from 'node:path';
import test from 'ava';
import { writeFully } from '../../src/devices/thread/file-io.ts';
import { openOutputFile } from '../../src/run/execute/sinks.ts';
import { SYSTEM_CALLS } from '../../src/run/output/files.ts';
import { temporaryFolder } from '../support/temporary.ts';

// A write that takes no bytes, and gives no error, would be asked for again for ever.

test('on the main thread', async (t) => {
  const path = join(await temporaryFolder(t), 'out');
  const open: typeof SYSTEM_CALLS.open = async (...args) => {
    const file = await SYSTEM_CALLS.open(...args);
    return Object.assign(file, { write: () => Promise.resolve({ bytesWritten: 0 }) });
  };
  await using file = await openOutputFile(path, 8, { ...SYSTEM_CALLS, open });
  await t.throwsAsync(async () => file.write(new Uint8Array(8), 0), {
    message: `${path}: writing at byte 0: nothing was taken`,
  });
});

test('on a lane', (t) => {
  const calls = { read: () => 0, write: (_fd: number, _bytes: Uint8Array, _at: number, length: number) => length >> 2 };
  t.throws(() => writeFully({ label: 'out', fd: 0, calls }, new Uint8Array(8), 0, 8, 100), {
    message: 'out: writing at byte 105: nothing was taken',
  });
});
