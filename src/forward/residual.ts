import { SwizzleError } from '../errors.ts';
import type { Program, Stage } from './program.ts';
import { type ForwardOptions, runForward } from './run.ts';
import type { WeightSet } from './weights.ts';

/** What is kept of each prompt: the last token's row, the mean over all tokens, or the sum over them. */
export type RowsKept = 'last' | 'mean' | 'sum';

/** Where and how a decoder's residual stream is read. */
export interface ResidualJob {
  readonly program: Program;
  readonly weights: WeightSet;
  /** Token ids; each prompt is computed alone, without padding. */
  readonly prompts: readonly (readonly number[])[];
  readonly keep: RowsKept;
  /** Reads the stream before layers 0 to `layers` - 1; layer 0 sees the bare embeddings. */
  readonly layers: number;
}

const ATTENTION = /^layer (\d+) attention$/;

/**
 * Reads a decoder's residual stream before each layer. Layers after the last one that is read are not computed.
 * @returns [layer][prompt]: `hidden` numbers
 * @throws SwizzleError as `runForward`
 */
export async function readResiduals(
  { program, weights, prompts, keep, layers }: ResidualJob,
  options: Omit<ForwardOptions, 'beforeStage'>,
): Promise<Float64Array[][]> {
  const found: Float64Array[][] = [];
  const hidden = program.slots['x']?.width;
  if (hidden === undefined) throw new SwizzleError('internal', `${program.architecture}: has no residual stream`);
  const sequences = prompts.map((tokens) => ({ tokens, picked: [0], targets: [] }));
  const cut: Program = { ...program, stages: stagesBefore(program, layers), result: 'x' };
  await runForward(
    { program: cut, weights, sequences },
    {
      ...options,
      beforeStage: async (stage, readSlot) => {
        const layer = ATTENTION.exec(stage)?.[1];
        if (layer !== undefined) found[Number(layer)] = rowsOf(await readSlot('x'), prompts, hidden, keep);
      },
    },
  );
  return found;
}

/** A program of nothing but the token embeddings: what layer 0 sees of a model without a scale on them. */
export function embeddingProgram({
  name,
  shape,
}: {
  readonly name: string;
  readonly shape: readonly number[];
}): Program {
  const [vocabulary = 0, hidden = 0] = shape;
  const table = { tensor: name, shape };
  const embed = { do: 'embed', out: 'x', table, index: 'token', offset: 0, scale: 1, add: false } as const;
  return {
    architecture: 'token embeddings',
    kind: 'decoder',
    vocabulary,
    maxTokens: Infinity,
    segments: false,
    slots: { x: { width: hidden, rows: 'tokens', kept: true } },
    stages: [
      { name: 'embeddings', steps: [embed] },
      { name: 'layer 0 attention', steps: [] },
    ],
    result: 'x',
  };
}

/** The stages that the stream before layer `layers` - 1 needs, and an empty one in its place. */
function stagesBefore({ stages }: Program, layers: number): Stage[] {
  const name = `layer ${layers - 1} attention`;
  const at = stages.findIndex((stage) => stage.name === name);
  if (at < 0) throw new SwizzleError('internal', `the program has no stage ${name}`);
  return [...stages.slice(0, at), { name, steps: [] }];
}

function rowsOf(
  values: Float32Array,
  prompts: readonly (readonly number[])[],
  hidden: number,
  keep: RowsKept,
): Float64Array[] {
  let row = 0;
  return prompts.map(({ length }) => {
    const [begin, end] = [keep === 'last' ? row + length - 1 : row, row + length];
    row = end;
    const sum = new Float64Array(hidden);
    for (let at = begin; at < end; at++) {
      for (let i = 0; i < hidden; i++) sum[i] = (sum[i] ?? 0) + (values[at * hidden + i] ?? 0);
    }
    return keep === 'mean' ? sum.map((value) => value / length) : sum;
  });
}
