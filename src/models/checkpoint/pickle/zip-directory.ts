import { SwizzleError } from '../../../errors.ts';
import type { HeaderSource } from '../header/header.ts';

/** A member of a zip that is stored as it is: bytes [begin, end) of the file. */
export interface ZipMember {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** Upper bound on the list of members, in bytes: some two million of them. */
const MAX_DIRECTORY_BYTES = 200_000_000;

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** Members whose own headers are read at the same time: on the Hub each is a request. */
const LOOKS = 32;
/** A member whose size or place needs 64 bits says so by this value. */
const IN_ZIP64 = 0xffffffff;

/** Signatures, as little-endian words. */
const END = 0x06054b50;
const LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;

export function zipError(file: string, message: string): SwizzleError {
  return new SwizzleError('checkpoint', `${file}: ${message}`, { details: { file } });
}

/**
 * The members of a zip, by its list at the end (PKWARE's APPNOTE, with Zip64). Nothing is unpacked: a compressed or
 * encrypted member is an error, and so is one that reaches out of the file.
 * @throws SwizzleError 'checkpoint' naming file and member
 */
export async function readZipDirectory(source: HeaderSource, signal?: AbortSignal): Promise<Map<string, ZipMember>> {
  const { label } = source;
  const { begin, bytes, count } = await findDirectory(source, signal);
  if (bytes > MAX_DIRECTORY_BYTES) throw zipError(label, `lists its members in ${bytes} bytes, too many for weights`);
  if (begin + bytes > source.size) throw zipError(label, 'is cut short: its list of members lies behind its end');
  const list = await readView(source, begin, bytes, signal);
  const entries = new Map<string, ReturnType<typeof parseEntry>>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > bytes || list.getUint32(at, true) !== ENTRY) {
      throw zipError(label, `lists ${count} members, found only ${index}: the file is damaged`);
    }
    const entry = parseEntry(label, list, at);
    if (entries.has(entry.name)) throw zipError(label, `has member ${JSON.stringify(entry.name)} twice`);
    entries.set(entry.name, entry);
    at = entry.next;
  }
  const members = new Map<string, ZipMember>();
  const all = [...entries.values()];
  for (let first = 0; first < all.length; first += LOOKS) {
    const some = all.slice(first, first + LOOKS).map((entry) => locate(source, entry, begin, signal));
    for (const member of await Promise.all(some)) members.set(member.name, member);
  }
  return members;
}

async function readView(
  source: HeaderSource,
  begin: number,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<DataView<ArrayBuffer>> {
  const target = new Uint8Array(bytes);
  await source.read(target, begin, signal);
  return new DataView(target.buffer);
}

interface Directory {
  /** Bytes from the file's start. */
  readonly begin: number;
  readonly bytes: number;
  /** Members. */
  readonly count: number;
}

/** Finds the list of members by the record at the file's end, behind which a comment may stand. */
async function findDirectory(source: HeaderSource, signal: AbortSignal | undefined): Promise<Directory> {
  const { label, size } = source;
  const tailBytes = Math.min(size, END_BYTES + LOCATOR_BYTES + 0xffff);
  const tailBegin = size - tailBytes;
  const tail = await readView(source, tailBegin, tailBytes, signal);
  for (let at = tailBytes - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END || at + END_BYTES + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const [count, bytes, begin] = [
      tail.getUint16(at + 10, true),
      tail.getUint32(at + 12, true),
      tail.getUint32(at + 16, true),
    ];
    const locator = at - LOCATOR_BYTES;
    if (locator < 0 || tail.getUint32(locator, true) !== LOCATOR) return { begin, bytes, count };
    return readZip64End(source, Number(tail.getBigUint64(locator + 8, true)), signal);
  }
  throw zipError(label, 'is cut short: it begins as a zip, and the list of members at its end is missing');
}

async function readZip64End(source: HeaderSource, begin: number, signal: AbortSignal | undefined): Promise<Directory> {
  const damaged = zipError(source.label, 'is damaged: it has no Zip64 record where it says');
  if (begin + ZIP64_END_BYTES > source.size) throw damaged;
  const end = await readView(source, begin, ZIP64_END_BYTES, signal);
  if (end.getUint32(0, true) !== ZIP64_END) throw damaged;
  const field = (at: number): number => Number(end.getBigUint64(at, true));
  return { count: field(32), bytes: field(40), begin: field(48) };
}

interface ListedMember {
  readonly name: string;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly header: number;
  /** Where the next entry begins in the list. */
  readonly next: number;
}

function parseEntry(file: string, list: DataView, at: number): ListedMember {
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => list.getUint16(at + field, true));
  const extra = at + ENTRY_BYTES + (nameBytes ?? 0);
  const next = extra + (extraBytes ?? 0) + (commentBytes ?? 0);
  if (next > list.byteLength) throw zipError(file, 'is damaged: its list of members ends inside a member');
  const name = new TextDecoder().decode(new Uint8Array(list.buffer, at + ENTRY_BYTES, nameBytes));
  const where = `${file}: member ${JSON.stringify(name)}`;
  if ((list.getUint16(at + 8, true) & 1) === 1) throw zipError(where, 'is encrypted');
  if (list.getUint16(at + 10, true) !== 0) {
    throw zipError(where, 'is compressed; torch.save stores weights as they are: load and save them again with torch');
  }
  // in the order in which a Zip64 field holds those that do not fit 32 bits: size, stored size, place
  const wide = zip64Field(list, extra, extraBytes ?? 0);
  const [bytes, stored, header] = [24, 20, 42].map((field) => {
    const value = list.getUint32(at + field, true);
    if (value !== IN_ZIP64) return value;
    const long = wide.shift();
    if (long === undefined) throw zipError(where, 'is larger than its entry says');
    return long;
  });
  if (bytes === undefined || header === undefined || bytes !== stored) {
    throw zipError(where, `is said to take ${stored} bytes and to unpack to ${bytes}, though it is not compressed`);
  }
  return { name, bytes, header, next };
}

/** The numbers in the Zip64 field (1) of an entry's extra fields. */
function zip64Field(list: DataView, begin: number, bytes: number): number[] {
  const numbers: number[] = [];
  for (let at = begin; at + 4 <= begin + bytes;) {
    const size = list.getUint16(at + 2, true);
    const end = Math.min(at + 4 + size, begin + bytes);
    if (list.getUint16(at, true) === 1) {
      for (let field = at + 4; field + 8 <= end; field += 8) numbers.push(Number(list.getBigUint64(field, true)));
    }
    at += 4 + size;
  }
  return numbers;
}

/** Where a member's bytes begin: behind its local header, whose length only the header itself knows. */
async function locate(
  source: HeaderSource,
  { name, bytes, header }: ListedMember,
  directory: number,
  signal: AbortSignal | undefined,
): Promise<ZipMember> {
  const where = `${source.label}: member ${JSON.stringify(name)}`;
  const outside = zipError(where, `takes ${bytes} bytes from byte ${header} on, which is not inside the file`);
  if (header + LOCAL_BYTES > directory) throw outside;
  const local = await readView(source, header, LOCAL_BYTES, signal);
  if (local.getUint32(0, true) !== LOCAL) throw zipError(where, `does not begin at byte ${header}, where it should`);
  const begin = header + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  if (begin + bytes > directory) throw outside;
  return { name, begin, end: begin + bytes };
}
