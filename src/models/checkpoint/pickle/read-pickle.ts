import { byteLength } from '../../../dtype.ts';
import { messageOf, SwizzleError } from '../../../errors.ts';
import { elementCount, type HeaderSource, type TensorEntry } from '../header/header.ts';
import { stateDict, viewRanges } from './state-dict.ts';
import { unpickle } from './unpickle.ts';
import type { TensorValue } from './values.ts';
import { readZipDirectory, zipError, type ZipMember } from './zip-directory.ts';

/** Upper bound on the pickle itself, in bytes: it only describes the tensors. */
const MAX_PICKLE_BYTES = 200_000_000;

/**
 * Reads what a pickled checkpoint (torch.save's pytorch_model.bin, .pt or .pth) says of its tensors. Weights are not read, and
 * nothing is executed. In the order of the file.
 * @throws SwizzleError 'checkpoint' naming the file and what is wrong in it
 */
export async function readPickledTensors(source: HeaderSource, signal?: AbortSignal): Promise<TensorEntry[]> {
  const { label } = source;
  await checkStart(source, signal);
  const members = await readZipDirectory(source, signal);
  const pickle = pickleOf(label, members);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  await checkByteOrder(source, members.get(`${folder}byteorder`), signal);
  const bytes = new Uint8Array(pickle.end - pickle.begin);
  await source.read(bytes, pickle.begin, signal);
  const tensors = [...stateDict(label, unpickle(label, bytes))].map(([name, tensor]) =>
    toEntry(label, name, tensor, members.get(`${folder}data/${tensor.storage.key}`)),
  );
  return tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
}

/** @throws SwizzleError 'checkpoint' for what is not a zip: torch's older formats, or something else */
async function checkStart(source: HeaderSource, signal: AbortSignal | undefined): Promise<void> {
  const start = new Uint8Array(4);
  if (source.size >= 4) await source.read(start, 0, signal);
  const [a, b] = start;
  if (a === 0x50 && b === 0x4b) return;
  if (a === 0x80) {
    throw zipError(
      source.label,
      'is in the format of torch before 1.6, which is not read; write it anew with a newer torch: ' +
        'torch.save(torch.load(FILE, weights_only=True), FILE)',
    );
  }
  throw zipError(source.label, source.size === 0 ? 'is empty' : 'is no file that torch.save wrote');
}

function pickleOf(file: string, members: ReadonlyMap<string, ZipMember>): ZipMember {
  const found = [...members.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = found;
  if (pickle === undefined || found.length > 1)
    throw zipError(file, 'is a zip, but none that torch.save wrote: no data.pkl');
  if (members.has(pickle.name.replace(/data\.pkl$/, 'constants.pkl'))) {
    throw zipError(file, 'is a TorchScript program, expected the weights alone: save its state_dict()');
  }
  const size = pickle.end - pickle.begin;
  if (size > MAX_PICKLE_BYTES) throw zipError(file, `has a pickle of ${size} bytes, too large for a list of tensors`);
  return pickle;
}

async function checkByteOrder(
  source: HeaderSource,
  member: ZipMember | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (member === undefined) return;
  const bytes = new Uint8Array(Math.min(16, member.end - member.begin));
  await source.read(bytes, member.begin, signal);
  const order = new TextDecoder().decode(bytes);
  if (order !== 'little') throw zipError(source.label, `has byte order ${JSON.stringify(order)}, expected little`);
}

function toEntry(file: string, name: string, tensor: TensorValue, member: ZipMember | undefined): TensorEntry {
  const where = `${file}: tensor ${JSON.stringify(name)}`;
  const { storage, dtype, shape } = tensor;
  if (member === undefined) throw zipError(where, `is in storage ${storage.key}, which the file has not`);
  const size = member.end - member.begin;
  const said = storage.dtype === undefined ? storage.length : byteLength(storage.dtype, storage.length);
  if (size !== said) throw zipError(where, `has a storage of ${said} bytes, the file holds ${size} of it`);
  if (!Number.isSafeInteger(byteLength(dtype, elementCount(shape)))) {
    throw zipError(where, `has shape [${shape.join(', ')}], which is too many elements`);
  }
  try {
    const ranges = viewRanges(tensor).map(({ begin, end }) => ({
      begin: member.begin + begin,
      end: member.begin + end,
    }));
    const outside = ranges.find(({ end }) => end > member.end);
    if (outside !== undefined) {
      throw zipError(where, `reaches to byte ${outside.end} of the file, its storage ends at ${member.end}`);
    }
    const [first = { begin: member.begin, end: member.begin }] = ranges;
    return { name, dtype, shape, ...first, ...(ranges.length > 1 ? { ranges } : {}) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SwizzleError('checkpoint', `${where}: is ${messageOf(cause)}`, { cause });
  }
}
