import type { ByteBounds } from '../../../elements/byte-range.ts';
import { elementCount, type HeaderSource, type TensorEntry } from '../header/header.ts';
import { encodedBytes, Q8_BLOCK } from '../../../elements/encoding.ts';
import { type Architecture, ARCHITECTURES, isComputed, storedRows, transformersName } from './names.ts';
import { countOf, ggufConfig } from './config.ts';
import { elementType, elementTypeName } from './element-types.ts';
import { ggufError, type GgufHeader, readGgufHeader } from './read-gguf.ts';

/** A GGUF file as a model in transformers' form. */
export interface GgufModel {
  readonly tensors: readonly TensorEntry[];
  /** Text of a config.json that says what the file's metadata says. */
  readonly config: string;
}

/**
 * Reads what a GGUF file says of its tensors and of the model, in transformers' names, shapes and order of rows. No tensor data.
 * @throws SwizzleError 'checkpoint' naming the file, and the architecture, type or tensor that is not understood
 */
export async function readGgufTensors(source: HeaderSource, signal?: AbortSignal): Promise<GgufModel> {
  const [model] = await readGgufParts([source], signal);
  if (model === undefined || model.tensors.length === 0) throw ggufError(source.label, 'holds no tensors');
  return { tensors: model.tensors, config: model.config };
}

/**
 * The same of all parts of a split file, in order; the first says what the model is.
 * @returns one a part, each with the whole model's config
 * @throws SwizzleError 'checkpoint', also where they are no parts of one file
 */
export async function readGgufParts(sources: readonly HeaderSource[], signal?: AbortSignal): Promise<GgufModel[]> {
  const headers: GgufHeader[] = [];
  for (const [part, source] of sources.entries()) {
    const header = await readGgufHeader(source, signal);
    checkPart(source.label, header, part, sources.length);
    headers.push(header);
  }
  const [lead] = headers;
  if (lead === undefined) return [];
  const label = sources[0]?.label ?? '';
  const architecture = architectureOf(label, lead);
  const config = ggufConfig(label, { ...lead, tensors: headers.flatMap(({ tensors }) => tensors) }, architecture);
  return sources.map((source, part): GgufModel => {
    const header = { ...lead, ...headers[part], metadata: lead.metadata };
    return { tensors: tensorsOf(source, header, architecture), config };
  });
}

/** @throws SwizzleError 'checkpoint' where a file is another part than its name says */
function checkPart(label: string, { metadata }: GgufHeader, part: number, parts: number): void {
  const count = Number(metadata['split.count'] ?? 1);
  const number = Number(metadata['split.no'] ?? 0);
  if (count > 1 && parts === 1) {
    const what = `is part ${number + 1} of ${count} of a split GGUF`;
    throw ggufError(
      label,
      `${what}: keep its name (NAME-00001-of-${String(count).padStart(5, '0')}.gguf), and the others beside it`,
    );
  }
  if (count !== Math.max(1, parts) || number !== part) {
    throw ggufError(label, `says that it is part ${number + 1} of ${count}, its name says ${part + 1} of ${parts}`);
  }
}

function architectureOf(label: string, { metadata }: GgufHeader): Architecture {
  const said = metadata['general.architecture'];
  const architecture = ARCHITECTURES.find(({ name }) => name === said);
  if (architecture === undefined) {
    const known = [...new Set(ARCHITECTURES.map(({ name }) => name))].join(', ');
    throw ggufError(label, `has architecture ${JSON.stringify(said)}, known are ${known}`);
  }
  return architecture;
}

function tensorsOf(source: HeaderSource, header: GgufHeader, architecture: Architecture): TensorEntry[] {
  const { label } = source;
  const seen = new Set<string>();
  const tensors: TensorEntry[] = [];
  for (const info of header.tensors) {
    const { name } = info;
    if (seen.has(name)) throw ggufError(label, `has tensor ${JSON.stringify(name)} twice`);
    seen.add(name);
    if (!isComputed(name)) tensors.push(toEntry(source, header, info, architecture));
  }
  return tensors.sort((a, b) => a.begin - b.begin);
}

function toEntry(
  { label, size }: HeaderSource,
  { metadata, dataBegin }: GgufHeader,
  { name, shape: sizes, dtype: type, offset }: GgufHeader['tensors'][number],
  architecture: Architecture,
): TensorEntry {
  const where = `${label}: tensor ${JSON.stringify(name)}`;
  const own = transformersName(name, architecture);
  if (own === undefined) throw ggufError(where, `is not known in a model of architecture ${architecture.name}`);
  const element = elementType(type);
  if (element === undefined) {
    throw ggufError(where, `is ${elementTypeName(type)}; F32, F16, BF16 and Q8_0 are read: take such a file`);
  }
  // ggml names the innermost dimension first
  const shape = sizes.map(Number).reverse();
  const elements = elementCount(shape);
  const rowLength = shape.at(-1) ?? 1;
  if (!Number.isSafeInteger(elements)) throw ggufError(where, `has shape [${shape.join(', ')}], too many elements`);
  if (element.encoding !== undefined && rowLength % Q8_BLOCK !== 0) {
    throw ggufError(where, `has rows of ${rowLength} elements, Q8_0 holds blocks of ${Q8_BLOCK}`);
  }
  const begin = dataBegin + Number(offset);
  const end = begin + encodedBytes(element.encoding, element.dtype, elements);
  if (end > size) throw ggufError(where, `ends at byte ${end}, the file at ${size}: it is cut short or wrong`);
  const stored = storedForm(own, element, architecture);
  const dtype = element.encoding === undefined ? element.dtype : 'F16';
  const entry = { name: own, dtype, shape, begin, end, ...(stored === undefined ? {} : { stored }) };
  const heads = interleavedHeads(label, own, metadata, architecture);
  if (heads === undefined) return entry;
  const rows = shape[0] ?? 1;
  if (rows % (2 * heads) !== 0) throw ggufError(where, `has ${rows} rows, expected a multiple of 2 × ${heads} heads`);
  const rowBytes = (end - begin) / rows;
  const ranges = storedRows(rows, heads, 'transformers').map((row): ByteBounds => {
    return { begin: begin + row * rowBytes, end: begin + (row + 1) * rowBytes };
  });
  return { ...entry, begin, end: begin + rowBytes, ranges };
}

function storedForm(
  name: string,
  { dtype, encoding }: NonNullable<ReturnType<typeof elementType>>,
  { normPlusOne }: Architecture,
): TensorEntry['stored'] {
  if (encoding !== undefined) return { dtype, encoding };
  return normPlusOne && name.endsWith('norm.weight') ? { dtype, encoding: { kind: 'shifted', by: -1 } } : undefined;
}

/** Heads of a projection whose rows are interleaved; undefined for every other tensor. */
function interleavedHeads(
  file: string,
  name: string,
  metadata: GgufHeader['metadata'],
  { interleaved, name: family }: Architecture,
): number | undefined {
  const [, part] = /\.self_attn\.([qk])_proj\.(weight|bias)$/.exec(name) ?? [];
  if (!interleaved || part === undefined) return undefined;
  const heads = countOf(file, metadata, `${family}.attention.head_count`);
  return part === 'q' ? heads : countOf(file, metadata, `${family}.attention.head_count_kv`, heads);
}
