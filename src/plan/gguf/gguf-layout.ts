import { encodeGguf, type NewGgufTensor } from '../../models/checkpoint/gguf/encode-gguf.ts';
import { DTYPES } from '../../dtype.ts';
import type { Layout } from '../layout.ts';
import { writtenBytes } from '../output-form.ts';
import { GgufConfig } from './gguf-config.ts';
import { elementNumber, type GgufTasks, type GgufWanted, unwritable } from './gguf-tasks.ts';
import { modelMetadata } from './model-metadata.ts';
import { ropeFactors } from './rope-factors.ts';
import { tokenizerMetadata } from './tokenizer-metadata.ts';

const FACTORS = 'rope_freqs.weight';

/**
 * One GGUF file: metadata, tokenizer, and where each tensor goes. What is computed from config.json alone stands with the
 * header, before all other data.
 * @param index which output of the tasks
 * @throws SwizzleError 'checkpoint' for what has no form in GGUF
 */
export function layOutGguf(
  { tasks, names, type }: GgufTasks,
  index: number,
  config: GgufConfig,
  wanted: GgufWanted,
): Layout {
  const embedding = tasks.find((_, at) => names[at] === 'token_embd.weight');
  if (embedding === undefined) throw unwritable('it has no embedding');
  const vocabulary = embedding.shape[0] ?? 0;
  const metadata = [
    ...modelMetadata(config, wanted.name, type, vocabulary),
    ...tokenizerMetadata(config, wanted, vocabulary),
  ];
  const factors = ropeFactors(config);
  const first: NewGgufTensor[] =
    factors === undefined ? [] : [{ name: FACTORS, type: 0, shape: [factors.length], bytes: factors.byteLength }];
  const tensors = tasks.map(({ shape, elements, outputs }, at): NewGgufTensor => {
    const output = outputs[index];
    if (output === undefined) throw new RangeError(`tensor ${names[at]} has no output ${index}`);
    return { name: names[at] ?? '', type: elementNumber(output), shape, bytes: writtenBytes(output, elements) };
  });
  const { header, begins, size } = encodeGguf(metadata, [...first, ...tensors]);
  const own = begins.slice(first.length);
  const dataBegin = own[0] ?? size;
  const whole = new Uint8Array(dataBegin);
  whole.set(header);
  if (factors !== undefined) writeFactors(whole, header.byteLength, factors);
  const ends = tensors.map(({ bytes }, at) => (own[at] ?? 0) + bytes);
  const holes = ends.flatMap((begin, at) => {
    const end = own[at + 1] ?? size;
    return end === begin ? [] : [{ begin, end }];
  });
  return {
    shards: [{ name: `model-${type}.gguf`, header: whole, size, holes }],
    places: own.map((begin) => ({ shard: 0, begin })),
    index: undefined,
  };
}

function writeFactors(bytes: Uint8Array, begin: number, factors: Float32Array): void {
  const view = new DataView(bytes.buffer);
  for (const [at, factor] of factors.entries()) view.setFloat32(begin + at * DTYPES.F32.bytes, factor, true);
}
