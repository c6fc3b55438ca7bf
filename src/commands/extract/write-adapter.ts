import type { CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import type { NewTensor } from '../../models/checkpoint/header/encode-header.ts';
import { encodeElements } from '../../elements/encode.ts';
import { byteLength, type Dtype } from '../../dtype.ts';
import type { LeadingPart } from '../../matrix/low-rank/leading-part.ts';
import type { AdapterFile } from './adapter-file.ts';
import type { TensorPair } from './layer-pairs.ts';
import { openFloats, cutTensor, type SourceOf } from './stored-tensor.ts';

/** What an adapter's tensors are called in PEFT's files. */
export const PREFIX = 'base_model.model.';

/** The module of a weight or a bias. */
export function moduleOf(tensor: string): string {
  return tensor.replace(/\.(weight|bias)$/, '');
}

/** The two matrices of a layer, as they will be written. */
export function factorsOf({ name, base }: TensorPair, rank: number, transposed: boolean, dtype: Dtype): NewTensor[] {
  const [rows = 0, columns = 0] = base.shape;
  const [outputs, inputs] = transposed ? [columns, rows] : [rows, columns];
  const own = Math.min(rank, rows, columns);
  return [
    { name: `${PREFIX}${moduleOf(name)}.lora_A.weight`, dtype, shape: [own, inputs] },
    { name: `${PREFIX}${moduleOf(name)}.lora_B.weight`, dtype, shape: [outputs, own] },
  ];
}

/** Writes a layer's matrices: each singular value's root goes into either. */
export async function writeFactors(
  file: AdapterFile,
  [a, b]: readonly NewTensor[],
  { values, left, right }: LeadingPart,
  transposed: boolean,
): Promise<void> {
  if (a === undefined || b === undefined) return;
  const roots = values.map(Math.sqrt);
  // `right` has the singular values' lengths, `left` none
  const over = roots.map((root) => (root > 0 ? 1 / root : 0));
  const [forA, forB] = transposed ? [left, right] : [right, left];
  const [factorsA, factorsB] = transposed ? [roots, over] : [over, roots];
  const inputs = forA.length / values.length;
  file.begin(a);
  await file.write(
    encodeElements(
      a.dtype,
      forA.map((value, at) => value * (factorsA[Math.floor(at / inputs)] ?? NaN)),
    ),
  );
  const outputs = forB.length / values.length;
  const columns = new Float64Array(forB.length);
  for (const [r, factor] of factorsB.entries()) {
    for (let at = 0; at < outputs; at++) columns[at * values.length + r] = (forB[r * outputs + at] ?? NaN) * factor;
  }
  file.begin(b);
  await file.write(encodeElements(b.dtype, columns));
}

/** Elements that are copied at once. */
const PIECE = 1 << 22;

/** What a tensor that is kept whole is written as: its own dtype; f32 where bytes are not its elements. */
export function keptTensor(name: string, tensor: CheckpointTensor): NewTensor {
  return { name, dtype: tensor.stored === undefined ? tensor.dtype : 'F32', shape: tensor.shape };
}

/** Copies a tensor as it is. @throws SwizzleError 'io' */
export async function writeKept(
  file: AdapterFile,
  name: string,
  tensor: CheckpointTensor,
  sourceOf: SourceOf,
  signal?: AbortSignal,
): Promise<void> {
  const elements = elementCount(tensor.shape);
  const read = tensor.stored === undefined ? undefined : await openFloats(tensor, sourceOf, signal);
  file.begin(keptTensor(name, tensor));
  for (let first = 0; first < elements; first += PIECE) {
    const count = Math.min(PIECE, elements - first);
    if (read !== undefined) {
      await file.write(encodeElements('F32', Float64Array.from(await read(first, count))));
      continue;
    }
    for (const range of cutTensor(tensor, byteLength(tensor.dtype, first), byteLength(tensor.dtype, first + count))) {
      const bytes = new Uint8Array(range.end - range.begin);
      await sourceOf(range.file).read(bytes, range.begin, signal);
      await file.write(bytes);
    }
  }
}
