import { type ByteRange, cutRanges } from '../../elements/byte-range.ts';
import { type CheckpointTensor, rangesOf, type StoredForm } from '../../models/checkpoint/checkpoint.ts';
import { encodedBytes, type ScaleGrid } from '../../elements/encoding.ts';

/** What a tensor is called and shaped, wherever its bytes are. */
export interface TensorForm {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * `elements` elements of a tensor from element `first` on, as a tensor of their own.
 * @returns undefined where scales lie across the cut
 */
export function sliceTensor(
  tensor: CheckpointTensor,
  form: TensorForm,
  first: number,
  elements: number,
): CheckpointTensor | undefined {
  const stored = sliceForm(tensor.stored, first, elements);
  if (tensor.stored !== undefined && stored === undefined) return undefined;
  const dtype = tensor.stored?.dtype ?? tensor.dtype;
  const bytes = (count: number): number => encodedBytes(tensor.stored?.encoding, dtype, count);
  return fromRanges(tensor, form, cutRanges(rangesOf(tensor), bytes(first), bytes(first + elements)), stored);
}

/**
 * Tensors of one form, one behind another.
 * @returns undefined where they are not stored in the same way
 */
export function joinTensors(tensors: readonly CheckpointTensor[], form: TensorForm): CheckpointTensor | undefined {
  const [first] = tensors;
  if (first === undefined || tensors.some(({ dtype }) => dtype !== first.dtype)) return undefined;
  const stored = joinForms(tensors.map((tensor) => tensor.stored));
  if (stored === undefined && tensors.some((tensor) => tensor.stored !== undefined)) return undefined;
  return fromRanges(first, form, tensors.flatMap(rangesOf), stored);
}

function fromRanges(
  { dtype }: CheckpointTensor,
  { name, shape }: TensorForm,
  ranges: readonly ByteRange[],
  stored: StoredForm | undefined,
): CheckpointTensor {
  const { file, begin, end } = ranges[0] ?? { file: 0, begin: 0, end: 0 };
  return { name, dtype, shape, file, begin, end, ranges, stored };
}

/** What a cut is stored as; undefined where nothing is set, or where it cannot be cut. */
function sliceForm(stored: StoredForm | undefined, first: number, elements: number): StoredForm | undefined {
  const encoding = stored?.encoding;
  if (stored === undefined || encoding === undefined || encoding.kind === 'q8_0') return stored;
  if (encoding.kind !== 'scaled') return undefined;
  const { columns, blockRows, blockColumns, scales } = encoding;
  const [begin, rows] = [first / columns, elements / columns];
  const perRow = Math.ceil(columns / blockColumns);
  const gridRows = Math.ceil(encoding.rows / blockRows);
  const inMatrix = begin % encoding.rows;
  if (inMatrix % blockRows !== 0 || inMatrix + rows > encoding.rows) return undefined;
  const firstScale = (Math.floor(begin / encoding.rows) * gridRows + inMatrix / blockRows) * perRow;
  const count = Math.ceil(rows / blockRows) * perRow;
  const own = sliceTensor(scales, { name: scales.name, shape: [count] }, firstScale, count);
  return own && { ...stored, encoding: { ...encoding, rows, scales: own } };
}

/** What tensors behind one another are stored as; undefined where nothing is set, or where they do not join. */
function joinForms(forms: readonly (StoredForm | undefined)[]): StoredForm | undefined {
  const [first] = forms;
  if (first === undefined || forms.some((form) => form?.dtype !== first.dtype)) return undefined;
  const { encoding } = first;
  if (forms.some((form) => form?.encoding?.kind !== encoding?.kind)) return undefined;
  if (encoding === undefined || encoding.kind === 'q8_0') return first;
  if (encoding.kind !== 'scaled') return undefined;
  const scales: CheckpointTensor[] = [];
  for (const form of forms) {
    if (form?.encoding?.kind !== 'scaled' || !sameGrid(form.encoding, encoding)) return undefined;
    scales.push(form.encoding.scales);
  }
  const joined = joinTensors(scales, { name: encoding.scales.name, shape: [] });
  return joined && { ...first, encoding: { ...encoding, scales: joined } };
}

function sameGrid(a: ScaleGrid, b: ScaleGrid): boolean {
  return (
    a.rows === b.rows && a.columns === b.columns && a.blockRows === b.blockRows && a.blockColumns === b.blockColumns
  );
}
