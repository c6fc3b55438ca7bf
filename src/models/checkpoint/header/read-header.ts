import { headerError, MAX_HEADER_BYTES, parseHeader, type SafetensorsHeader } from './header.ts';

/** What a header is read from: a file, or range requests. */
export interface HeaderSource {
  /** For messages: a path or an address. */
  readonly label: string;
  /** Bytes. */
  readonly size: number;
  /** Fills `target` from byte `position` on, or throws. */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<void>;
}

/** Reads and checks a safetensors header: two reads, of 8 bytes and of the JSON text. Reads no tensor data. */
export async function readHeader(source: HeaderSource, signal?: AbortSignal): Promise<SafetensorsHeader> {
  const { label, size } = source;
  if (size < 8) throw headerError(label, 'truncated', `is ${size} bytes long, a safetensors file has at least 8`);
  const prefix = new Uint8Array(8);
  await source.read(prefix, 0, signal);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const hint = 'is it a safetensors file?';
    throw headerError(
      label,
      'header-too-long',
      `gives its header ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed; ${hint}`,
    );
  }
  if (8n + length > BigInt(size)) {
    throw headerError(label, 'truncated', `is ${size} bytes long, its header alone takes ${8n + length}`);
  }
  const json = new Uint8Array(Number(length));
  await source.read(json, 8, signal);
  return parseHeader(label, json, size);
}
