import { byteLength, type Dtype, isDtype } from '../../../dtype.ts';
import type { ByteBounds } from '../../../elements/byte-range.ts';
import type { Encoding } from '../../../elements/encoding.ts';
import { messageOf, SwizzleError } from '../../../errors.ts';
import { hasOddNumber } from './odd-number.ts';
import { isRecord, repeatedKey } from './repeated-key.ts';
import { checkNesting } from '../../../nesting.ts';

/** A tensor in a file of weights. `begin` and `end` are bytes from the start of the file, end-exclusive. */
export interface TensorEntry extends ByteBounds {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Where it lies in several places: all of them, in the order of its elements; `begin` and `end` are then the first's. */
  readonly ranges?: readonly ByteBounds[] | undefined;
  /** Where the bytes are not elements of `dtype`: what they are. */
  readonly stored?: { readonly dtype: Dtype; readonly encoding: Encoding<never> } | undefined;
}

/** A header that has been checked whole: the tensors cover the file from header to end, without hole or overlap. */
interface SafetensorsHeader {
  /** In file order. */
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Upper bound on the JSON text, in bytes; the same as in the reference implementation in Rust. */
const MAX_HEADER_BYTES = 100_000_000;

/** Most tensors of one file: the largest models have some 150,000, and a million take 2 GB to plan. */
const MAX_TENSORS = 500_000;

/** Every way a safetensors file can be wrong; `details.fault` of the error. */
type HeaderFault =
  | 'truncated'
  | 'header-too-long'
  | 'not-utf8'
  | 'not-json'
  | 'duplicate-key'
  | 'bad-metadata'
  | 'bad-entry'
  | 'unknown-dtype'
  | 'integer-overflow'
  | 'wrong-size'
  | 'out-of-range'
  | 'overlap'
  | 'hole'
  | 'too-many';

function headerError(file: string, fault: HeaderFault, message: string, cause?: unknown): SwizzleError {
  return new SwizzleError('safetensors', `${file}: ${message}`, { cause, details: { file, fault } });
}

/** Number of elements of `shape`; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Parses the JSON text of a safetensors header.
 * @param json the bytes between the 8-byte length and the tensor data
 * @param fileSize size of the whole file in bytes
 * @throws SwizzleError 'safetensors' naming the file, the tensor, what was found and what was expected
 */
export function parseHeader(file: string, json: Uint8Array, fileSize: number): SafetensorsHeader {
  const text = decodeText(file, json);
  const root = parseJson(file, text);
  const twice = repeatedKeyOf(file, json, text, root);
  if (twice !== undefined) throw headerError(file, 'duplicate-key', `the header names ${JSON.stringify(twice)} twice`);
  if (hasOddNumber(json))
    throw headerError(file, 'bad-entry', 'the header holds a number that is not written as digits');
  const dataBegin = 8 + json.byteLength;
  let metadata: Record<string, string> = {};
  const tensors: TensorEntry[] = [];
  const entries = Object.entries(root);
  if (entries.length > MAX_TENSORS) {
    throw headerError(file, 'too-many', `holds ${entries.length} tensors, at most ${MAX_TENSORS} are read`);
  }
  for (const [name, value] of entries) {
    if (name === '__metadata__') metadata = parseMetadata(file, value);
    else tensors.push(parseEntry(file, name, value, dataBegin));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(file, tensors, dataBegin, fileSize);
  return { tensors, metadata };
}

function decodeText(file: string, json: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch (cause) {
    throw headerError(file, 'not-utf8', 'the header is not UTF-8 text', cause);
  }
}

function parseJson(file: string, text: string): Record<string, unknown> {
  let root: unknown;
  try {
    checkNesting(text);
    root = JSON.parse(text);
  } catch (cause) {
    throw headerError(file, 'not-json', `the header is not JSON (${messageOf(cause)})`, cause);
  }
  if (!isRecord(root)) throw headerError(file, 'not-json', 'the header is not a JSON object');
  return root;
}

function repeatedKeyOf(
  file: string,
  json: Uint8Array,
  text: string,
  root: Record<string, unknown>,
): string | undefined {
  try {
    return repeatedKey(json, text, root);
  } catch (cause) {
    throw headerError(file, 'not-json', 'the header is nested too deeply', cause);
  }
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (!isRecord(value)) throw headerError(file, 'bad-metadata', '__metadata__ is not an object of strings');
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw headerError(file, 'bad-metadata', `__metadata__.${key} is not a string`);
    return [key, text];
  });
  // not by assignment: a key may be "__proto__"
  return Object.fromEntries(entries);
}

function parseEntry(file: string, name: string, value: unknown, dataBegin: number): TensorEntry {
  const where = `tensor ${JSON.stringify(name)}`;
  const bad = (what: string): SwizzleError => headerError(file, 'bad-entry', `${where}: ${what}`);
  if (!isRecord(value)) throw bad('is not an object with dtype, shape and data_offsets');
  if (/\p{Surrogate}/u.test(name)) throw bad('has half of a surrogate pair in its name');
  for (const key of Object.keys(value)) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets')
      throw bad(`has an unknown key ${JSON.stringify(key)}`);
  }
  const { dtype } = value;
  if (typeof dtype !== 'string') throw bad('has no dtype');
  if (!isDtype(dtype)) throw headerError(file, 'unknown-dtype', `${where}: unknown dtype ${JSON.stringify(dtype)}`);
  const shape = integers(file, `${where}: shape`, value['shape']);
  const offsets = integers(file, `${where}: data_offsets`, value['data_offsets']);
  const [from, to] = offsets;
  if (from === undefined || to === undefined || offsets.length !== 2) throw bad('data_offsets is not [begin, end]');
  if (to < from)
    throw headerError(file, 'out-of-range', `${where}: data_offsets end (${to}) before they begin (${from})`);
  const expected = byteLength(dtype, elementCount(shape));
  // the reference multiplies from left to right: what overflows before a zero is too much all the same
  const largest = shape.reduce(
    ({ product, most }, size) => ({ product: product * size, most: Math.max(most, product * size) }),
    { product: 1, most: 1 },
  ).most;
  if (!Number.isSafeInteger(expected) || !Number.isSafeInteger(largest)) {
    throw headerError(file, 'integer-overflow', `${where}: shape [${shape.join(', ')}] has too many elements`);
  }
  if (to - from !== expected) {
    const size = `shape [${shape.join(', ')}] of ${dtype} takes ${expected} bytes`;
    throw headerError(file, 'wrong-size', `${where}: ${size}, data_offsets give ${to - from}`);
  }
  return { name, dtype, shape, begin: dataBegin + from, end: dataBegin + to };
}

function integers(file: string, where: string, value: unknown): number[] {
  if (!Array.isArray(value)) throw headerError(file, 'bad-entry', `${where} is not a list of integers`);
  return value.map((item: unknown) => {
    if (typeof item !== 'number' || !(item >= 0) || item % 1 !== 0) {
      throw headerError(file, 'bad-entry', `${where} holds ${JSON.stringify(item)}, expected integers from 0 on`);
    }
    if (!Number.isSafeInteger(item)) throw headerError(file, 'integer-overflow', `${where} holds ${item}, above 2^53`);
    return item;
  });
}

function checkCover(file: string, tensors: readonly TensorEntry[], dataBegin: number, fileSize: number): void {
  let at = dataBegin;
  let before = 'the header';
  for (const { name, begin, end } of tensors) {
    const where = `tensor ${JSON.stringify(name)}`;
    if (end > fileSize) {
      throw headerError(
        file,
        'out-of-range',
        `${where} ends at byte ${end}, the file at ${fileSize}: it is cut short or wrong`,
      );
    }
    if (begin < at)
      throw headerError(file, 'overlap', `${where} begins at byte ${begin}, inside ${before} (ends at ${at})`);
    if (begin > at) throw headerError(file, 'hole', `${begin - at} unused bytes between ${before} and ${where}`);
    at = end;
    before = where;
  }
  if (at !== fileSize) throw headerError(file, 'hole', `${fileSize - at} unused bytes after ${before}`);
}

/** What a header is read from: a file, or range requests. */
export interface HeaderSource {
  /** For messages: a path or an address. */
  readonly label: string;
  /** Bytes. */
  readonly size: number;
  /** Fills `target` from byte `position` on, or throws. */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<void>;
}

/** Reads and checks a safetensors header: two reads, of 8 bytes and of the JSON text. Reads no tensor data. */
export async function readHeader(source: HeaderSource, signal?: AbortSignal): Promise<SafetensorsHeader> {
  const { label, size } = source;
  if (size < 8) throw headerError(label, 'truncated', `is ${size} bytes long, a safetensors file has at least 8`);
  const prefix = new Uint8Array(8);
  await source.read(prefix, 0, signal);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const hint = 'is it a safetensors file?';
    throw headerError(
      label,
      'header-too-long',
      `gives its header ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed; ${hint}`,
    );
  }
  if (8n + length > BigInt(size)) {
    throw headerError(label, 'truncated', `is ${size} bytes long, its header alone takes ${8n + length}`);
  }
  const json = new Uint8Array(Number(length));
  await source.read(json, 8, signal);
  return parseHeader(label, json, size);
}
