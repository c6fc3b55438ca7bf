import PQueue from 'p-queue';
import type { ShardTensors } from '../checkpoint.ts';
import { readGgufParts, readGgufTensors } from '../gguf/read-gguf-tensors.ts';
import { readPickledTensors } from '../pickle/read-pickle.ts';
import { type HeaderSource, readHeader } from '../header/read-header.ts';

const PICKLED = /\.(bin|pt|pth|ckpt)$/;

/** Whether a file's name is one of weights that can be read. */
export function isWeightFile(name: string): boolean {
  return name.endsWith('.safetensors') || isGguf(name) || PICKLED.test(name);
}

/** Whether a file's name is that of something which torch.save wrote. */
export function isPickled(name: string): boolean {
  return PICKLED.test(name);
}

export function isGguf(name: string): boolean {
  return name.endsWith('.gguf');
}

/**
 * Reads what a file of weights says of its tensors, by the form that its name tells. No tensor data.
 * @param name the file's name, whatever the source is called
 * @throws SwizzleError 'safetensors' or 'checkpoint' naming the file
 */
export async function readShardHeader(source: HeaderSource, name: string, signal?: AbortSignal): Promise<ShardTensors> {
  if (isGguf(name)) return readGgufTensors(source, signal);
  if (isPickled(name)) return { tensors: await readPickledTensors(source, signal) };
  return readHeader(source, signal);
}

/** Files whose headers are read at the same time. */
const CONCURRENCY = 8;

/**
 * The same of all files of a model, in order. Several GGUF files are the parts of a split one.
 * @throws SwizzleError 'safetensors' or 'checkpoint' naming the file
 */
export function readShardHeaders(
  files: readonly { readonly source: HeaderSource; readonly name: string }[],
  signal?: AbortSignal,
): Promise<ShardTensors[]> {
  if (files.length > 1 && files.every(({ name }) => isGguf(name))) {
    return readGgufParts(
      files.map(({ source }) => source),
      signal,
    );
  }
  const queue = new PQueue({ concurrency: CONCURRENCY });
  return queue.addAll(
    files.map(
      ({ source, name }) =>
        () =>
          readShardHeader(source, name, signal),
    ),
  );
}
