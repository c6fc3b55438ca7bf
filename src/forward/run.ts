import { refusalOf } from './refusal.ts';
import type { ByteSource } from '../elements/byte-source.ts';
import { SwizzleError } from '../errors.ts';
import { ResourceStack } from '../resource-stack.ts';
import { settleAll } from '../settle-all.ts';
import { compileStage } from './compile.ts';
import type { ForwardDevice, ForwardMemory, LoadRange } from '../matrix/device.ts';
import { attentionNeeds, type Layout, layOutRun, type PlacedStage } from './layout.ts';
import type { Program } from './program.ts';
import type { Sequence } from './sequences.ts';
import type { WeightSet } from './weights.ts';

/** Opens a file to be read, and closed afterwards. */
export type OpenPath = (path: string) => Promise<ByteSource & AsyncDisposable>;

/** What a forward pass computes. */
export interface ForwardJob {
  readonly program: Program;
  readonly weights: WeightSet;
  readonly sequences: readonly Sequence[];
  /** Tokens that pass through a stage together; changes no result. */
  readonly batchRows?: number | undefined;
}

export interface ForwardOptions {
  readonly device: ForwardDevice;
  readonly open: OpenPath;
  readonly signal?: AbortSignal | undefined;
  /** Called after every stage: how many of them are done. */
  readonly onStage?: ((done: number, stages: number) => void) | undefined;
  /** Called before every stage with its name; may read the first variant's kept slots. */
  readonly beforeStage?: ((stage: string, readSlot: ReadSlot) => Promise<void>) | undefined;
}

/** Reads a slot of all tokens: `width` numbers for each, sequence by sequence. */
export type ReadSlot = (name: string) => Promise<Float32Array>;

/** Results of one variant: `width` numbers for each picked row, sequence by sequence. */
export interface ForwardResult {
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * Runs the program once: stage by stage, each stage's weights are read while the one before is computed, used for every
 * variant and batch, and forgotten.
 * @returns one result a variant
 * @throws SwizzleError 'checkpoint', 'space', 'io', 'device'; the signal's reason when aborted
 */
export async function runForward(job: ForwardJob, options: ForwardOptions): Promise<ForwardResult[]> {
  const { program, weights, sequences } = job;
  const { device, signal } = options;
  const layout = layOutRun(program, weights, sequences, { parallel: device.parallel, batchRows: job.batchRows });
  const refusal = refusalOf(layout, device);
  if (refusal !== undefined) throw new SwizzleError('space', `${refusal}; --device cpu may do`);
  await using stack = new ResourceStack();
  const { longest, headSize } = attentionNeeds(program, sequences);
  const sources = await openSources(layout, options.open, stack);
  const { bytes, windows } = layout;
  const memory = stack.use(await device.allocate({ bytes, windows, longest, headSize }));
  for (const { address, data } of layout.tables) {
    await memory.write(address, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  await runStages(job, layout, memory, sources, options);
  const slot = program.slots[program.result];
  const width = slot?.width ?? 0;
  const results: ForwardResult[] = [];
  for (let variant = 0; variant < weights.variants; variant++) {
    signal?.throwIfAborted();
    const count = width * layout.pickedRows;
    const found = await memory.read(layout.slot(program.result, variant), count * 4);
    results.push({ width, values: new Float32Array(found.buffer, found.byteOffset, count) });
  }
  return results;
}

async function runStages(
  { program, weights, sequences }: ForwardJob,
  layout: Layout,
  memory: ForwardMemory,
  sources: ReadonlyMap<string, ByteSource>,
  { signal, onStage, beforeStage }: ForwardOptions,
): Promise<void> {
  const readSlot: ReadSlot = async (name) => {
    const count = layout.rows * (program.slots[name]?.width ?? 0);
    const found = await memory.read(layout.slot(name, 0), count * 4);
    return new Float32Array(found.buffer, found.byteOffset, count);
  };
  const load = async (stage: PlacedStage | undefined): Promise<void> => {
    if (stage === undefined) return;
    await weights.prepare?.(tensorsOf(stage), signal);
    await memory.load(rangesOf(stage, sources), signal);
  };
  const { stages } = layout;
  await load(stages[0]);
  for (const [index, stage] of stages.entries()) {
    await beforeStage?.(stage.name, readSlot);
    const phases = compileStage(program, layout, stage, sequences, weights.variants);
    await settleAll([memory.run(phases, signal), load(stages[index + 1])]);
    onStage?.(index + 1, stages.length);
  }
}

async function openSources(layout: Layout, open: OpenPath, stack: ResourceStack): Promise<Map<string, ByteSource>> {
  const sources = new Map<string, ByteSource>();
  for (const { weights } of layout.stages) {
    const inputs = [...weights.values()].flatMap((weight) => weight.inputs);
    for (const { file } of inputs.flatMap(({ ranges }) => ranges)) {
      if (!sources.has(file)) sources.set(file, stack.use(await open(file)));
    }
  }
  return sources;
}

function tensorsOf({ weights }: PlacedStage): string[] {
  return [...new Set([...weights.values()].map(({ tensor }) => tensor))];
}

/** Where the bytes of a stage's weights come from and go to. */
function rangesOf({ weights }: PlacedStage, sources: ReadonlyMap<string, ByteSource>): LoadRange[] {
  return [...weights.values()].flatMap(({ inputs, raw }) =>
    inputs.flatMap(({ ranges }, input) => {
      let address = raw[input] ?? 0;
      return ranges.map(({ file, begin, end }): LoadRange => {
        const source = sources.get(file);
        if (source === undefined) throw new SwizzleError('internal', `${file}: was not opened`, { details: { file } });
        const range = { file: source, begin, end, address };
        address += end - begin;
        return range;
      });
    }),
  );
}
