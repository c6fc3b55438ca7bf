/** Reads a pickle's arguments from front to back, little-endian. Every read past the end is a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get at(): number {
    return this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** Floats alone are big-endian. */
  f64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A signed number of so many bytes; a bigint only where a number does not hold it. */
  long(length: number): number | bigint {
    if (length > 8) throw new RangeError(`a number of ${length} bytes`);
    const begin = this.#skip(length);
    let value = 0n;
    for (let at = begin + length - 1; at >= begin; at--) value = (value << 8n) | BigInt(this.#view.getUint8(at));
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  text(length: number): string {
    const begin = this.#skip(length);
    return this.#decode(begin, begin + length);
  }

  /** Up to the next line feed, without it. */
  line(): string {
    const begin = this.#at;
    const end = this.#bytes.indexOf(0x0a, begin);
    if (end < 0) throw new RangeError('a name without an end');
    this.#at = end + 1;
    return this.#decode(begin, end);
  }

  #decode(begin: number, end: number): string {
    try {
      return this.#decoder.decode(this.#bytes.subarray(begin, end));
    } catch (cause) {
      throw new RangeError('a text that is not UTF-8', { cause });
    }
  }

  #skip(length: number): number {
    const begin = this.#at;
    if (begin + length > this.#bytes.byteLength) throw new RangeError('nothing more, though it should go on');
    this.#at = begin + length;
    return begin;
  }
}
