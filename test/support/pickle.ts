import { makeZip, type ZipEntry } from './zip.ts';

/** The operations of a pickle by name, for pickles written by hand; see Python's pickletools. */
export const op = {
  global: (module: string, name: string): string => `c${module}\n${name}\n`,
  text: (value: string): string => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(value));
    return `X${length.toString('latin1')}${Buffer.from(value).toString('latin1')}`;
  },
  int: (value: number): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return `J${bytes.toString('latin1')}`;
  },
  tuple: (...items: string[]): string => `(${items.join('')}t`,
  dict: (...items: string[]): string => `}(${items.join('')}u`,
};

/** A storage of so many f32, kept as member `key`. */
export function storage(key: string, elements: number, type = 'FloatStorage'): string {
  return `${op.tuple(op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(elements))}Q`;
}

/** A view of a storage. */
export function tensor(
  stored: string,
  shape: readonly number[],
  { offset = 0, strides = [1] }: { offset?: number; strides?: readonly number[] } = {},
): string {
  const numbers = (values: readonly number[]): string => op.tuple(...values.map(op.int));
  const args = op.tuple(stored, op.int(offset), numbers(shape), numbers(strides), '\x89', '}');
  return `${op.global('torch._utils', '_rebuild_tensor_v2')}${args}R`;
}

/** A file of torch.save whose pickle is `body`, with storage 0 of four f32; `more` changes or adds members. */
export function pickled(
  body: string,
  more: readonly ZipEntry[] = [],
  options: Parameters<typeof makeZip>[1] = {},
): Uint8Array {
  const own = [
    { name: 'm/data.pkl', data: Buffer.from(`\x80\x02${body}.`, 'latin1') },
    { name: 'm/data/0', data: new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer) },
  ];
  const changed = own.filter(({ name }) => !more.some((entry) => entry.name === name));
  return makeZip([...changed, ...more], options);
}
