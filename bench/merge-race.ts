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

/** A merge's own output: what the floor copies where no input is of its size. */
async function outputOf(bench: Bench, recipe: string): Promise<string[]> {
  const like = `${bench.output}-like`;
  await measure({ argv: swizzle('merge', recipe, '-o', like, '--force', '--quiet', '--device', 'cpu') });
  const names = readdirSync(like).filter((name) => name.endsWith('.safetensors'));
  return names.map((name) => join(like, name));
}

/** Races the floor, every device and the Python tools over one merge. */
export async function raceMerge(
  bench: Bench,
  { title, inputs, dtype, outputBytes, withPeers }: MergeRace,
): Promise<void> {
  const recipe = bench.file('recipe.yml', equalShares(inputs, dtype));
  const [first] = inputs;
  const weights = first?.bytes === outputBytes ? first.shards : await outputOf(bench, recipe);
  const job = { recipe, folders: inputs.map(({ folder }) => folder), output: bench.output };
  const python = withPeers ? peers(bench.python, job) : { found: [], missing: [] };
  if (python.missing.length > 0) bench.say(title, `left out: ${python.missing.join('; ')}`);
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
