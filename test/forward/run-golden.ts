import { readFileSync } from 'node:fs';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import type { ForwardDevice } from '../../src/matrix/device.ts';
import type { Program } from '../../src/forward/program.ts';
import { programOf } from '../../src/forward/programs/registry.ts';
import { runForward } from '../../src/forward/run.ts';
import { predictAll, type Sequence } from '../../src/forward/sequences.ts';
import { weightsOfCheckpoint } from '../../src/forward/weights.ts';

/** What transformers computed for one architecture. */
export interface Golden {
  readonly windows: readonly (readonly number[])[];
  readonly tokenLoss?: readonly (readonly number[])[];
  readonly lastLogits?: readonly (readonly number[])[];
  readonly cls?: readonly (readonly number[])[];
  readonly score?: readonly number[];
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(`fixtures/golden-forward/${name}/expected.json`, 'utf8')) as Golden;
}

/** Runs a golden model over its windows. @param wanted "logits": those of each window's last token */
export async function runGolden(
  name: string,
  device: ForwardDevice,
  wanted: 'own' | 'logits' = 'own',
  batchRows?: number,
): Promise<{ program: Program; width: number; values: Float32Array }> {
  const checkpoint = await readLocalCheckpoint(`fixtures/golden-forward/${name}/model`);
  const own = programOf(name, checkpoint.config, (tensor) => checkpoint.tensors.has(tensor));
  const program = wanted === 'own' ? own : withLogits(own);
  const sequences = readGolden(name).windows.map((tokens): Sequence => {
    if (wanted === 'logits') return { tokens, picked: [tokens.length - 1], targets: [0] };
    return program.kind === 'decoder' ? predictAll(tokens) : { tokens, picked: [0], targets: [] };
  });
  const job = { program, weights: weightsOfCheckpoint(checkpoint), sequences, batchRows };
  const [result] = await runForward(job, { device, open: openLocalSource });
  if (result === undefined) throw new Error('no result');
  return { program, ...result };
}

/** The program with its logits as result. Heads of the golden models are one stage. */
function withLogits(program: Program): Program {
  const { logits } = program.slots;
  if (logits === undefined) throw new Error('no logits');
  return { ...program, slots: { ...program.slots, logits: { ...logits, kept: true } }, result: 'logits' };
}

/** Losses from the three numbers of each predicted token. */
export function lossesOf(values: Float32Array): number[] {
  return Array.from({ length: values.length / 3 }, (_, row) => {
    const [top = 0, sum = 0, target = 0] = values.subarray(3 * row, 3 * row + 3);
    return top + Math.log(sum) - target;
  });
}

/** The largest distance, as a share of the largest magnitude expected. */
export function worstShare(found: readonly number[], expected: readonly number[]): number {
  const magnitude = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? Number.NaN)))) / magnitude;
}
