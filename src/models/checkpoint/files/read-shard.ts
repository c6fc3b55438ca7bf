import PQueue from 'p-queue';
import type { ShardTensors } from '../checkpoint.ts';
import { readGgufParts, readGgufTensors } from '../gguf/read-gguf-tensors.ts';
import { readPickledTensors } from '../pickle/read-pickle.ts';
import { type HeaderSource, readHeader } from '../header/header.ts';
import { ResourceStack } from '../../../resource-stack.ts';
import { settleAll } from '../../../settle-all.ts';

/** How one kind of weights file is recognized and read. */
interface FileFormat {
  readonly name: 'safetensors' | 'gguf' | 'pickle';
  readonly files: RegExp;
  readonly read: (source: HeaderSource, signal?: AbortSignal) => Promise<ShardTensors>;
}

/** The file formats of weights. To add one, add a row. */
const FORMATS: readonly FileFormat[] = [
  { name: 'safetensors', files: /\.safetensors$/, read: readHeader },
  { name: 'gguf', files: /\.gguf$/, read: readGgufTensors },
  {
    name: 'pickle',
    files: /\.(bin|pt|pth|ckpt)$/,
    read: async (source) => ({ tensors: await readPickledTensors(source) }),
  },
];

function formatOf(file: string): FileFormat | undefined {
  return FORMATS.find(({ files }) => files.test(file));
}

/** Whether a file name is that of weights that can be read. */
export function isWeightFile(name: string): boolean {
  return formatOf(name) !== undefined;
}

/** Whether a file name is that of something written by torch.save. */
export function isPickled(name: string): boolean {
  return formatOf(name)?.name === 'pickle';
}

export function isGguf(name: string): boolean {
  return formatOf(name)?.name === 'gguf';
}

/**
 * Reads what a weights file says about its tensors, in the format that its name tells (default: safetensors). No tensor data.
 * @param name the file's name, whatever the source is called
 * @throws SwizzleError 'safetensors' or 'checkpoint' naming the file
 */
export async function readShardHeader(source: HeaderSource, name: string, signal?: AbortSignal): Promise<ShardTensors> {
  return (formatOf(name)?.read ?? readHeader)(source, signal);
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
