import type { Dtype } from '../../../dtype.ts';
import type { Lists } from './template.ts';

/** Elements that an invocation computes at a time. */
export const OCTET = 8;

/** A kernel's file in shaders/. */
export type ShaderKernel =
  | 'weighted_sum'
  | 'convert'
  | 'task_vectors'
  | 'nearswap'
  | 'overlap'
  | 'weighted_lines'
  | 'gram'
  | 'norms'
  | 'overlap_counts'
  | 'histogram'
  | 'locate'
  | 'derive_scaled'
  | 'derive_low_rank'
  | 'derive_low_rank_rows';

/** One specialisation of a kernel. */
export interface KernelSpec {
  readonly kernel: ShaderKernel;
  readonly inputs: readonly Dtype[];
  readonly outputs: readonly Dtype[];
  /** What the text is repeated for beside operands; it may replace the list `output`. */
  readonly lists?: Lists;
  /** Files of shaders/lib/ beside those that the kernel always needs. */
  readonly library?: readonly string[];
  /** Numbers that the text names. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** What runs a chunk on the GPU: a specialisation, what it is told, and how much of it. */
export interface Program {
  readonly spec: KernelSpec;
  /** Words of `params` behind the places of operands. */
  readonly settings: Uint32Array<ArrayBuffer>;
  readonly statistic?: StatisticGrid | undefined;
}

/** How the work of a statistic is divided, and what it leaves in place of elements. */
export interface StatisticGrid {
  /** Workgroups. */
  readonly grid: readonly [number, number];
  /** Octets that a workgroup sums up at a time. */
  readonly tileOctets: number;
  readonly resultBytes: number;
  /** Bytes from the results on that must be zero, where it counts in them. */
  readonly zeroBytes: number;
}

/** The specialisation in a few words, for messages. */
export function specLabel({ kernel, inputs, outputs }: KernelSpec): string {
  return `${kernel} ${inputs.join('+')} -> ${outputs.length === 0 ? 'sums' : outputs.join('+')}`;
}

/** Equal for equal specialisations. */
export function specKey(spec: KernelSpec): string {
  const label = specLabel(spec);
  return spec.lists === undefined ? label : `${label} ${JSON.stringify([spec.constants, spec.library, spec.lists])}`;
}

/** The dtypes that shaders read and write. */
export const SHADER_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>(['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** Whether an output has one-byte elements: then output words are 8 bytes instead of 16. */
export function hasNarrowOutput(outputs: readonly Dtype[]): boolean {
  return outputs.some((dtype) => dtype === 'F8_E4M3' || dtype === 'F8_E5M2');
}
