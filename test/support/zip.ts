/** A member of a zip, and lies about it. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  /** 8: deflate. */
  readonly method?: number;
  readonly flags?: number;
  /** Sizes and place that the list at the end gives instead of the true ones. */
  readonly size?: number;
  readonly stored?: number;
  readonly header?: number;
}

/** A zip of stored members, as torch writes it but without alignment. `zip64` writes sizes and places in 64 bits. */
export function makeZip(entries: readonly ZipEntry[], { zip64 = false, count = entries.length } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, data, method = 0, flags = 0, ...said } of entries) {
    const text = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(text.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt16LE(text.length, 28);
    const numbers = [said.size ?? data.length, said.stored ?? data.length, said.header ?? at];
    const extra = Buffer.alloc(zip64 ? 28 : 0);
    if (zip64) {
      entry.writeUInt16LE(extra.length, 30);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
    }
    for (const [index, field] of [24, 20, 42].entries()) {
      entry.writeUInt32LE(zip64 ? 0xffffffff : (numbers[index] ?? 0), field);
      if (zip64) extra.writeBigUInt64LE(BigInt(numbers[index] ?? 0), 4 + 8 * index);
    }
    list.push(entry, text, extra);
    parts.push(local, text, Buffer.from(data));
    at += local.length + text.length + data.length;
  }
  const directory = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : at, 16);
  if (!zip64) return Buffer.concat([...parts, directory, end]);
  const wide = Buffer.alloc(56);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(directory.length), 40);
  wide.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + directory.length), 8);
  return Buffer.concat([...parts, directory, wide, locator, end]);
}
