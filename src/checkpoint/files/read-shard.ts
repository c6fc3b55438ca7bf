import type { ShardTensors } from '../checkpoint.ts';
import { readGgufTensors } from '../gguf/read-gguf-tensors.ts';
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
