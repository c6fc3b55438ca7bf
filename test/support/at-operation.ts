import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a command (`node --import`): ends the process, or fails, at the n-th operation that changes names in the
 * file system. SWIZZLE_TEST_AT is "kill N", "kill-after N" or "fail N CODE"; N counts from 1. With "hang FIFO" every removal of a
 * file hangs in the system, as on a network file system that is gone.
 */
const [mode, number, code = 'EIO'] = (process.env['SWIZZLE_TEST_AT'] ?? '').split(' ');
const at = Number(number);
let done = 0;

function hook<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    done += 1;
    if (done === at && mode === 'kill') process.kill(process.pid, 'SIGKILL');
    if (done === at && mode === 'fail') throw Object.assign(new Error(`${code}: made by a test`), { code });
    const result = await run(...args);
    if (done === at && mode === 'kill-after') process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

async function hang(): Promise<void> {
  process.stderr.write('hanging\n');
  // nobody ever opens its other end
  await promises.open(number ?? '');
}

promises.rename = hook(promises.rename);
promises.symlink = hook(promises.symlink);
promises.rmdir = hook(promises.rmdir);
promises.rm = mode === 'hang' ? hang : hook(promises.rm);
promises.mkdir = hook(promises.mkdir) as typeof promises.mkdir;
syncBuiltinESMExports();
