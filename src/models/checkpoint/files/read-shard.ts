import PQueue from 'p-queue';
import type { ShardTensors } from '../checkpoint.ts';
import { readGgufParts, readGgufTensors } from '../gguf/read-gguf-tensors.ts';
import { readPickledTensors } from '../pickle/read-pickle.ts';
import { type HeaderSource, readHeader } from '../header/header.ts';
import { ResourceStack } from '../../../resource-stack.ts';
import { settleAll } from '../../../settle-all.ts';

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

/** A file of weights that is opened to read its header. */
export interface ShardFile {
  readonly name: string;
  open(): Promise<HeaderSource & AsyncDisposable>;
}

/** What a file says of its tensors, and its size in bytes. */
export interface SizedHeader {
  readonly size: number;
  readonly header: ShardTensors;
}

/**
 * The same of all files of a model, in order, a few open at a time. Several GGUF files are the parts of a split one.
 * @throws SwizzleError 'safetensors' or 'checkpoint' naming the file
 */
export async function readShardHeaders(files: readonly ShardFile[], signal?: AbortSignal): Promise<SizedHeader[]> {
  if (files.length > 1 && files.every(({ name }) => isGguf(name))) {
    await using stack = new ResourceStack();
    const sources: HeaderSource[] = [];
    for (const { open } of files) sources.push(stack.use(await open()));
    const headers = await readGgufParts(sources, signal);
    return headers.map((header, part) => ({ size: sources[part]?.size ?? 0, header }));
  }
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const reading = files.map(({ name, open }) => {
    return queue.add(async (): Promise<SizedHeader> => {
      await using source = await open();
      return { size: source.size, header: await readShardHeader(source, name, signal) };
    });
  });
  // all are closed before an error is thrown
  return settleAll(reading);
}
