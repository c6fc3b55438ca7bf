import { createHash } from 'node:crypto';
import type { Models } from '../../models/models.ts';
import type { SweepSpec } from './spec.ts';

/**
 * What scores depend on besides a variant's parameters: the recipe, the input files' sizes, and the scorer. A folder that
 * holds a sweep with another key holds another sweep; axes, strategy, keep and limits may change.
 */
export function sweepKey({ template, score }: SweepSpec, models: Models): string {
  const inputs = [...models].map(([name, { shards }]) => [name, shards.map(({ size }) => size)]);
  const scorer = score?.kind === 'command' ? { command: score.command } : score;
  return createHash('sha256')
    .update(JSON.stringify([template, scorer ?? null, inputs]))
    .digest('hex');
}
