import { runSweep as runHere, type SweepOptions, type SweepResult } from '../../sweep/running/run-sweep.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';

/**
 * Runs a sweep or resumes it: in this process, or by the workers of `options.queue`.
 * @throws SwizzleError; the signal's reason when aborted. What was done until then is kept, and the report shows it.
 */
export async function runSweep(spec: SweepSpec, options: SweepOptions): Promise<SweepResult> {
  const { queue } = options;
  if (queue === undefined) return runHere(spec, options);
  // the queue's client is only loaded if there is a queue
  const [{ checkQueue }, { openQueuedSweep }] = await Promise.all([import('./connection.ts'), import('./follow.ts')]);
  // a wrong address is found before anything is written
  await checkQueue(queue);
  return runHere(spec, options, (identity) => openQueuedSweep(queue, spec, identity, options));
}
