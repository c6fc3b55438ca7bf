import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';
import { openLocalSource } from '../checkpoint/files/local-source.ts';
import { SwizzleError } from '../../errors.ts';

/** What of a model a checksum was taken over. */
type Extent = 'headers and samples' | 'all bytes';

/** Tells whether a model on this machine is the one that a recipe was made with. */
export interface ContentPin {
  /** sha256, hexadecimal. */
  readonly sha256: string;
  readonly extent: Extent;
  /** Of all files of weights. */
  readonly bytes: number;
}

/** Bytes of a file's data that are looked at in three places: two fine-tunes of a model have the same headers. */
const SAMPLE_BYTES = 4096;

/**
 * Pins a model by what is in it: names, dtypes, shapes and places of its tensors, and 4 KiB from the beginning, the middle and the end
 * of each file's data; or every byte.
 * @throws SwizzleError 'io'; the signal's reason when aborted
 */
export async function contentPin(model: Checkpoint, extent: Extent, signal?: AbortSignal): Promise<ContentPin> {
  const hash = createHash('sha256');
  let bytes = 0;
  const tensors = model.shards.map((): CheckpointTensor[] => []);
  for (const tensor of model.tensors.values()) tensors[tensor.file]?.push(tensor);
  for (const [index, { path }] of model.shards.entries()) {
    await using source = await openLocalSource(path);
    const { size } = source;
    bytes += size;
    hash.update(`${basename(path)} ${size}\n`);
    if (extent === 'all bytes') {
      for await (const part of createReadStream(path, {
        fd: source.fd,
        autoClose: false,
        start: 0,
        highWaterMark: 2 ** 20,
      })) {
        signal?.throwIfAborted();
        hash.update(part as Buffer);
      }
      continue;
    }
    let [first, last] = [size, 0];
    for (const { name, dtype, shape, begin, end } of tensors[index] ?? []) {
      hash.update(`${JSON.stringify([name, dtype, shape, begin, end])}\n`);
      [first, last] = [Math.min(first, begin), Math.max(last, end)];
    }
    for (const at of [first, Math.floor((first + last - SAMPLE_BYTES) / 2), last - SAMPLE_BYTES]) {
      const begin = Math.max(first, at);
      const sample = new Uint8Array(Math.max(0, Math.min(SAMPLE_BYTES, last - begin)));
      await source.read(sample, begin);
      hash.update(sample);
    }
  }
  return { sha256: hash.digest('hex'), extent, bytes };
}

const LINE = /^# swizzle: input (.+) sha256 ([0-9a-f]{64}) of (headers and samples|all bytes), (\d+) bytes$/gm;

/** The comment that keeps a pin in a recipe. */
export function pinLine(name: string, { sha256, extent, bytes }: ContentPin): string {
  return `# swizzle: input ${name} sha256 ${sha256} of ${extent}, ${bytes} bytes`;
}

/** The pins in a recipe's text, by the models' names. */
export function pinsIn(text: string): Map<string, ContentPin> {
  return new Map(
    [...text.matchAll(LINE)].map(([, name = '', sha256 = '', extent, bytes]) => {
      return [name, { sha256, extent: extent === 'all bytes' ? extent : 'headers and samples', bytes: Number(bytes) }];
    }),
  );
}

/** The text without its pins. */
export function withoutPins(text: string): string {
  return text.replace(LINE, '').replace(/^\n+/, '');
}

/** @throws SwizzleError 'checkpoint' for a model that is not the one that was pinned */
export async function checkPin(model: Checkpoint, pin: ContentPin, where: string, signal?: AbortSignal): Promise<void> {
  const found = await contentPin(model, pin.extent, signal);
  if (found.sha256 === pin.sha256 && found.bytes === pin.bytes) return;
  const what = found.bytes === pin.bytes ? `sha256 of ${pin.extent} ${found.sha256}` : `${found.bytes} bytes`;
  const wanted = found.bytes === pin.bytes ? pin.sha256 : `${pin.bytes}`;
  throw new SwizzleError(
    'checkpoint',
    `${where}model ${JSON.stringify(model.label)} is not the one that this recipe was made with: ${what}, expected ${wanted}; --model NAME=PATH says where that is, without its line "# swizzle: input" any will do`,
    { details: { model: model.label, expected: pin, actual: found } },
  );
}
