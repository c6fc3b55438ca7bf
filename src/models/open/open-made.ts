import { byteLength } from '../../dtype.ts';
import type { ByteSource, OpenSource } from '../../elements/byte-source.ts';
import { readRanges } from '../../elements/byte-range.ts';
import { elementReader } from '../../elements/decode.ts';
import { encodeElements } from '../../elements/encode.ts';
import { gaussian } from '../../gaussian.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { Made, MadeNoise } from '../checkpoint/made-rows.ts';
import { openLocalSource } from '../checkpoint/files/local-source.ts';
import type { InputFile } from '../models.ts';
import { KeptFactors, openFactors } from './factors-source.ts';
import { openMadeRows } from './made-source.ts';

/** Elements whose noise is drawn together, from a stream of their own: noise does not depend on how a tensor is cut. */
const BLOCK = 16384;

/**
 * Opens a file that does not exist; its bytes are computed when they are read.
 * @param open opens a file that they are computed from; closed with the source
 * @param kept factors that were made of late, by whichever source
 */
export async function openMade(
  label: string,
  made: Made,
  open: (path: string) => Promise<OpenSource>,
  kept: KeptFactors = new KeptFactors(),
): Promise<OpenSource> {
  if (made.kind === 'rows') return openMadeRows(label, made, open);
  if (made.kind === 'noise') return openNoise(label, made, open);
  if (made.kind !== 'bytes') return openFactors(label, made, open, kept);
  const bytes = Buffer.from(made.base64, 'base64');
  return {
    label,
    fd: undefined,
    read(target, position) {
      target.set(bytes.subarray(position, position + target.byteLength));
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Opens an input that is on this machine, or made from files that are. */
export function openLocalInput({ path, made }: Pick<InputFile, 'path' | 'made'>): Promise<OpenSource> {
  return made === undefined ? openLocalSource(path) : openMade(path, made, openLocalSource);
}

async function openNoise(
  label: string,
  { dtype, elements, ranges, scale, seed, stream }: MadeNoise,
  open: (path: string) => Promise<OpenSource>,
): Promise<OpenSource> {
  const stack = new ResourceStack();
  const sources = new Map<string, ByteSource>();
  try {
    for (const { file } of ranges) if (!sources.has(file)) sources.set(file, stack.use(await open(file)));
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  const blockBytes = byteLength(dtype, BLOCK);
  const blockAt = async (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const count = Math.min(BLOCK, elements - index * BLOCK);
    const stored = new Uint8Array(byteLength(dtype, count));
    await readRanges(ranges, stored, index * blockBytes, ({ file }, part, at) =>
      sources.get(file)?.read(part, at, signal),
    );
    const at = elementReader(dtype, stored);
    const noise = gaussian(seed, `${stream}\n${index}`, count);
    return encodeElements(
      dtype,
      Float64Array.from(noise, (value, element) => at(element) + scale * value),
    );
  };
  return {
    label,
    fd: undefined,
    async read(target, position, signal) {
      for (let done = 0; done < target.byteLength;) {
        signal?.throwIfAborted();
        const index = Math.floor((position + done) / blockBytes);
        const from = position + done - index * blockBytes;
        const bytes = (await blockAt(index, signal)).subarray(from, from + target.byteLength - done);
        target.set(bytes, done);
        done += bytes.byteLength;
      }
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
