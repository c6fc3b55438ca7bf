import { encodeHeader, type NewTensor } from '../../models/checkpoint/header/encode-header.ts';
import { Checksummer } from '../../devices/checksum.ts';
import { createOutputFile, type OutputFile } from '../../run/execute/sinks.ts';

const METADATA = { format: 'pt' };

/** A safetensors file of which it is known only at its end what it holds: room for its header is left at its front. */
export class AdapterFile implements AsyncDisposable {
  readonly #file: OutputFile;
  readonly #room: number;
  readonly #tensors: NewTensor[] = [];
  readonly #summer: Checksummer;
  /** Of what follows the header: "1048576 9f3a…". */
  readonly #sums: string[] = [];
  #end: number;

  /** @param possible everything that may be written @throws SwizzleError 'io' */
  static async create(path: string, possible: readonly NewTensor[]): Promise<AdapterFile> {
    const room = encodeHeader(possible, METADATA).byteLength;
    const summer = await Checksummer.open();
    return new AdapterFile(await createOutputFile(path, room), room, summer);
  }

  private constructor(file: OutputFile, room: number, summer: Checksummer) {
    this.#file = file;
    this.#room = room;
    this.#summer = summer;
    this.#end = room;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#end;
  }

  /** Begins a tensor; its bytes follow by `write`. */
  begin(tensor: NewTensor): void {
    this.#tensors.push(tensor);
  }

  /** @throws SwizzleError 'io' */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes, this.#end);
    this.#sums.push(...this.#sumsOf(bytes));
    this.#end += bytes.byteLength;
  }

  /**
   * Writes the header, filled up with spaces.
   * @returns checksums of the file, as a manifest has them
   * @throws SwizzleError 'io'
   */
  async finish(): Promise<string> {
    const header = new Uint8Array(this.#room).fill(0x20);
    header.set(encodeHeader(this.#tensors, METADATA));
    new DataView(header.buffer).setBigUint64(0, BigInt(this.#room - 8), true);
    await this.#file.write(header, 0);
    await this.#file.sync();
    return [...this.#sumsOf(header), ...this.#sums].join(' ');
  }

  #sumsOf(bytes: Uint8Array): string[] {
    return this.#summer.piecesOf(bytes).map(([length, sum]) => `${length} ${sum}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}
