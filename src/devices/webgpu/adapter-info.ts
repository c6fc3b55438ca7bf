/** One WebGPU adapter of this machine. */
export interface AdapterInfo {
  /** What `--adapter` takes, for instance "NVIDIA H200". */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** software: computed on the CPU (lavapipe, SwiftShader, WARP). */
  readonly type: 'hardware' | 'software';
  /** The driver and its version. */
  readonly description: string;
  /** Largest buffer and largest binding, in bytes. */
  readonly maxBufferBytes: number;
  readonly maxBindingBytes: number;
  readonly features: readonly string[];
}
