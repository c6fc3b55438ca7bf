/** Bytes that can be read by position: a file, or something that answers range reads (the Hub, a faulty source of a test). */
export interface ByteSource {
  /** For messages: a path or an address. */
  readonly label: string;
  /** File descriptor, where the source is a local file: lanes may then read it themselves. */
  readonly fd: number | undefined;
  /**
   * Fills `target` from byte `position` on. Throws SwizzleError 'io', naming the source, if it holds fewer bytes.
   * `target` may be a view of a mapped GPU buffer or of shared memory.
   */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<void>;
}

/** A source that its opener closes. */
export type OpenSource = ByteSource & AsyncDisposable;
