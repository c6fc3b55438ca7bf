import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DTYPES, type Dtype } from '../src/dtype.ts';
import type { Bench } from './bench-case.ts';
import { floor } from './contenders/floor.ts';
import { peers } from './contenders/peers.ts';
import { mergeOn, swizzle } from './contenders/swizzle.ts';
import type { MadeCheckpoint } from './inputs/make-checkpoint.ts';
import { measure } from './measure.ts';

export interface MergeRace {
  readonly title: string;
  readonly inputs: readonly MadeCheckpoint[];
  readonly dtype: Dtype;
  readonly outputBytes: number;
  /** Whether Python tools can load these models. */
  readonly withPeers: boolean;
}

/** Equal shares of all inputs as a mergekit recipe. */
export function equalShares(inputs: readonly MadeCheckpoint[], dtype: Dtype): string {
  const models = inputs.map(({ folder }) => `  - model: ${folder}\n    parameters: { weight: ${1 / inputs.length} }\n`);
  return `merge_method: linear\nmodels:\n${models.join('')}dtype: ${DTYPES[dtype].torch}\n`;
}

/** Races the floor, every device and the Python tools over one merge. */
export async function raceMerge(
  bench: Bench,
  { title, inputs, dtype, outputBytes, withPeers }: MergeRace,
): Promise<void> {
  const recipe = bench.file('recipe.yml', equalShares(inputs, dtype));
  // the floor copies a file of the output's size: a merge's own output
  const like = `${bench.output}-like`;
  await measure({ argv: swizzle('merge', recipe, '-o', like, '--force', '--quiet', '--device', 'cpu') });
  const weights = readdirSync(like)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(like, name));
  const job = { recipe, folders: inputs.map(({ folder }) => folder), output: bench.output };
  const python = withPeers ? peers(bench.python, job) : { found: [], missing: [] };
  for (const reason of python.missing) bench.say(title, `left out: ${reason}`);
  await bench.race({
    title,
    floor: floor(
      inputs.flatMap(({ shards }) => shards),
      weights,
      bench.output,
    ),
    contenders: [...mergeOn(bench.devices, recipe, bench.output), ...python.found],
    outputBytes,
    output: bench.output,
  });
}
