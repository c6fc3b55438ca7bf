/** A value of a GGUF file's metadata, with the type that llama.cpp reads it as. */
export type GgufValue =
  | { readonly type: 'u32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'f32s' | 'i32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

/** In the order in which it is written. */
export type GgufMetadata = readonly (readonly [key: string, value: GgufValue])[];

/** A tensor as a GGUF file lists it. */
export interface NewGgufTensor {
  readonly name: string;
  /** ggml's number. */
  readonly type: number;
  /** Outermost dimension first, as everywhere here. */
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** Tensor data begins at multiples of this: `general.alignment` where a file does not say it. */
const ALIGNMENT = 32;

/** Numbers of the types of metadata. */
const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/** Everything before the data, and where each tensor's data begins in the file. */
export interface GgufHead {
  readonly header: Uint8Array;
  readonly begins: readonly number[];
  /** Of the whole file. */
  readonly size: number;
}

/** The beginning of a GGUF file, version 3, little-endian (docs/gguf.md of ggml); data in the order of `tensors`. */
export function encodeGguf(metadata: GgufMetadata, tensors: readonly NewGgufTensor[]): GgufHead {
  const bytes = new Bytes();
  bytes.ascii('GGUF').u32(3).u64(tensors.length).u64(metadata.length);
  for (const [key, value] of metadata) writeValue(bytes.string(key), value);
  let offset = 0;
  const offsets: number[] = [];
  for (const { name, type, shape, bytes: length } of tensors) {
    bytes.string(name).u32(shape.length);
    // ggml names the innermost dimension first
    for (const size of shape.toReversed()) bytes.u64(size);
    bytes.u32(type).u64(offset);
    offsets.push(offset);
    offset = aligned(offset + length);
  }
  const header = bytes.padded();
  const begins = offsets.map((one) => header.byteLength + one);
  return { header, begins, size: header.byteLength + offset };
}

/** The next place where data may begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function writeValue(bytes: Bytes, value: GgufValue): void {
  switch (value.type) {
    case 'u32':
      bytes.u32(TYPES.u32).u32(value.value);
      break;
    case 'f32':
      bytes.u32(TYPES.f32).f32(value.value);
      break;
    case 'bool':
      bytes.u32(TYPES.bool).u8(value.value ? 1 : 0);
      break;
    case 'string':
      bytes.u32(TYPES.string).string(value.value);
      break;
    case 'f32s':
      bytes.u32(TYPES.array).u32(TYPES.f32).u64(value.value.length);
      for (const one of value.value) bytes.f32(one);
      break;
    case 'i32s':
      bytes.u32(TYPES.array).u32(TYPES.i32).u64(value.value.length);
      for (const one of value.value) bytes.u32(one);
      break;
    case 'strings':
      bytes.u32(TYPES.array).u32(TYPES.string).u64(value.value.length);
      for (const one of value.value) bytes.string(one);
      break;
  }
}

/** Little-endian bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  readonly #encoder = new TextEncoder();

  u8(value: number): this {
    this.#view.setUint8(this.#take(1), value);
    return this;
  }

  /** Of negative numbers the two's complement. */
  u32(value: number): this {
    this.#view.setUint32(this.#take(4), value, true);
    return this;
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#take(8), BigInt(value), true);
    return this;
  }

  f32(value: number): this {
    this.#view.setFloat32(this.#take(4), value, true);
    return this;
  }

  ascii(text: string): this {
    return this.#put(this.#encoder.encode(text));
  }

  string(text: string): this {
    const encoded = this.#encoder.encode(text);
    return this.u64(encoded.byteLength).#put(encoded);
  }

  padded(): Uint8Array {
    this.#take(aligned(this.#end) - this.#end);
    return this.#bytes.slice(0, this.#end);
  }

  #put(bytes: Uint8Array): this {
    const at = this.#take(bytes.byteLength);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Room for so many bytes: where it begins. */
  #take(bytes: number): number {
    const at = this.#end;
    this.#end += bytes;
    if (this.#end > this.#bytes.byteLength) {
      const larger = new Uint8Array(2 * this.#end);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
