import { systemCode } from '../../errors.ts';

/**
 * Keeps the process's output streams from ending a run: who reads them may go away (`swizzle inspect MODEL | head`), and
 * what the run makes and its exit code do not depend on that. Results that a full disk takes from standard output are
 * a failure: it is said, and the exit code is 1 where it was 0.
 */
export function guardStreams(): void {
  process.stderr.on('error', () => undefined);
  let isSaid = false;
  process.stdout.on('error', (error: Error) => {
    const code = systemCode(error);
    if (isSaid || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return;
    isSaid = true;
    process.stderr.write(`swizzle: standard output: ${code === 'ENOSPC' ? 'the disk is full' : error.message}\n`);
    process.exitCode ||= 1;
  });
}
