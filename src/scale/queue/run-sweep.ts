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
  const { openQueuedSweep } = await import('./follow.ts');
  return runHere(spec, options, (key) => openQueuedSweep(queue, spec, key, options));
}
