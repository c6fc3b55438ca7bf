import { createCpuDevice } from '../../devices/cpu/device.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import type { InputFile } from '../../models/models.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import { runChunks, type RunOptions } from './run-chunks.ts';

/**
 * Reads spans that write nothing on the CPU device's lanes: every byte is read once, so that no other device would be faster.
 * @param files as the spans number them
 * @param hooks told of every chunk, with what was found in it
 * @throws SwizzleError 'io'; the signal's reason when aborted
 */
export async function readThrough(
  spans: readonly Chunk[],
  files: readonly InputFile[],
  open: (file: InputFile) => Promise<OpenSource>,
  hooks: Pick<RunOptions, 'onChunk' | 'onWritten' | 'signal'>,
): Promise<void> {
  await using stack = new ResourceStack();
  const device = stack.use(createCpuDevice());
  const inputs: OpenSource[] = [];
  for (const file of files) inputs.push(stack.use(await open(file)));
  const { lanes, chunkBytes } = device.habit;
  const run = { devices: [device], files: { inputs, outputs: [] }, lanes, chunkBytes, stopOnOverflow: false };
  await runChunks({ spans, jobs: [] }, { ...run, ...hooks });
}
