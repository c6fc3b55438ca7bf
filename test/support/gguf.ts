/** A GGUF file in words; shapes as GGUF has them, the innermost dimension first. */
export interface GgufFile {
  readonly metadata: Readonly<Record<string, string | number>>;
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    /** ggml's number. */
    readonly type: number;
    readonly data: Uint8Array;
    /** Said instead of the true one. */
    readonly offset?: bigint;
  }[];
}

/** Its bytes, version 3. */
export function makeGguf({ metadata, tensors }: GgufFile): Uint8Array {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)];
  for (const [key, value] of Object.entries(metadata)) {
    parts.push(text(key), ...(typeof value === 'string' ? [u32(8), text(value)] : [u32(4), u32(value)]));
  }
  let at = 0;
  for (const { name, shape, type, data, offset } of tensors) {
    parts.push(text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset ?? at));
    at += Math.ceil(data.length / 32) * 32;
  }
  const header = Buffer.concat(parts);
  const padded = tensors.map(({ data }) => Buffer.concat([data], Math.ceil(data.length / 32) * 32));
  return Buffer.concat([Buffer.concat([header], Math.ceil(header.length / 32) * 32), ...padded]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}
