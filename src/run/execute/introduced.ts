import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { createCpuDevice } from '../../devices/cpu/device.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import { SwizzleError } from '../../errors.ts';
import { isFloat } from '../../dtype.ts';
import { counted } from '../../counted.ts';
import type { Chunk, Counts } from '../../plan/chunks/chunk.ts';
import type { Plan } from '../../plan/plan.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { runChunks } from './run-chunks.ts';

/** Tensors whose inputs are read again: a recipe that makes NaN makes it in most of them. */
const MOST_EXAMINED = 64;
const MOST_NAMED = 5;

/** What is known of an output's values. */
export interface FoundValues {
  readonly tensors: ReadonlyMap<string, Counts>;
  /** Whether what does not fit the output dtype has become infinite. */
  readonly overflows: boolean;
}

/**
 * Names of tensors of an output with more values that are NaN or infinite than all of their inputs have: the merge made these. Only
 * where there are any are inputs read again, on the CPU.
 * @param inputs as the plan numbers them
 * @throws the signal's reason when aborted
 */
export async function introducedIn(
  plan: Plan,
  { tensors, overflows }: FoundValues,
  inputs: readonly OpenSource[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const inOutput = ({ nan, infinite, overflow }: Counts): number => nan + infinite + (overflows ? overflow : 0);
  const suspects = plan.tasks.filter(({ name }) => inOutput(tensors.get(name) ?? NONE) > 0).slice(0, MOST_EXAMINED);
  if (suspects.length === 0) return [];
  const spans = suspects.flatMap(({ name, elements, inputs: operands }) =>
    operands.flatMap((input): Chunk[] => {
      if (!isFloat(input.dtype)) return [];
      const outputs = [{ dtype: 'F32', file: 0, begin: 0, weights: [] }] as const;
      const covered = [{ name, end: elements }];
      return [{ kernel: 'convert', elements, inputs: [input], outputs, onOverflow: 'inf', tensors: covered }];
    }),
  );
  const found = await countedIn(spans, inputs, signal);
  return suspects.flatMap(({ name, outputs }) => {
    const { nan, infinite, overflow } = found.get(name) ?? NONE;
    const most = outputs.length * (nan + infinite + overflow);
    return inOutput(tensors.get(name) ?? NONE) > most ? [name] : [];
  });
}

const NONE: Counts = { nan: 0, infinite: 0, overflow: 0 };

/** Values of inputs by tensor: they are converted, and the result is written nowhere. */
async function countedIn(
  spans: readonly Chunk[],
  inputs: readonly OpenSource[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Counts>> {
  await using stack = new ResourceStack();
  const nothing = await open(devNull, 'r+');
  stack.use({ [Symbol.asyncDispose]: () => nothing.close() });
  const device = stack.use(createCpuDevice());
  const { lanes, chunkBytes } = device.habit;
  const sink = { label: devNull, fd: nothing.fd, write: (): Promise<void> => Promise.resolve() };
  const files = { inputs, outputs: [sink] };
  const run = { devices: [device], files, lanes, chunkBytes, stopOnOverflow: false, signal };
  const { tensors } = await runChunks({ spans, jobs: [] }, run);
  return tensors;
}

/** What the user must hear of an output with such tensors; undefined: nothing. */
export function introducedWarning(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > MOST_NAMED ? ', …' : '';
  const where = `${counted(names.length, 'tensor')}: ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
  return `the output contains NaN or infinity where no input does, in ${where}`;
}

/** For callers that asked for it: an output with such tensors is an error, though it is complete. @throws SwizzleError 'overflow' */
export function refuseIntroduced(out: string, names: readonly string[] = [], strict: boolean = false): void {
  const warning = strict ? introducedWarning(names) : undefined;
  if (warning === undefined) return;
  throw new SwizzleError('overflow', `${out}: ${warning}`, { details: { path: out, tensors: names } });
}
