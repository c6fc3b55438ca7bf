import type { Dtype } from '../../dtype.ts';
import type { Lists } from '../../devices/webgpu/kernels/template.ts';

/** One specialisation of a shader of the forward pass. */
export interface ForwardShader {
  /** A file of shaders/. */
  readonly kernel: string;
  /** Files of shaders/ that stand before it. */
  readonly library: readonly string[];
  readonly lists: Lists;
  readonly constants: Readonly<Record<string, number>>;
  /** Extensions of WGSL that it needs. */
  readonly extensions?: readonly string[];
}

/** Bytes [address, address + bytes) of the run's memory, as a binding. */
export interface Operand {
  readonly binding: number;
  readonly address: number;
  readonly bytes: number;
}

/** What the GPU is asked for one op, or a part of it. */
export interface Dispatch {
  readonly shader: ForwardShader;
  readonly parameters: Uint32Array<ArrayBuffer>;
  /** Bindings of the run's memory: parts that do not overlap. */
  readonly operands: readonly Operand[];
  /** Workgroups. */
  readonly grid: readonly [x: number, y: number];
  /** About how many multiplications. */
  readonly work: number;
}

/** How forward kernels are cut for an adapter. */
export interface ForwardTuning {
  /** Invocations of a workgroup. */
  readonly workgroupSize: number;
  /** Rows and columns that an invocation of the product without shared memory computes; 0: products go by tiles. */
  readonly lineRows: number;
  readonly lineColumns: number;
  /** Whether a workgroup is a subgroup, whose invocations load a product's rows for each other. */
  readonly broadcasts: boolean;
  /** Multiplications after which the host looks whether it should stop. */
  readonly sliceWork: number;
}

/**
 * Software adapters compute eight invocations at a time, and pay for every barrier.
 * @param subgroup its invocations, where they are known
 */
export function forwardTuningOf(type: 'hardware' | 'software', subgroup?: number): ForwardTuning {
  if (type === 'hardware')
    return { workgroupSize: 128, lineRows: 0, lineColumns: 0, broadcasts: false, sliceWork: 1e12 };
  return subgroup === 8
    ? { workgroupSize: 8, lineRows: 8, lineColumns: 2, broadcasts: true, sliceWork: 2e9 }
    : { workgroupSize: 8, lineRows: 4, lineColumns: 4, broadcasts: false, sliceWork: 2e9 };
}

/** Bindings begin at multiples of this. */
export const BINDING_ALIGNMENT = 256;

/** Elements between an operand's binding and the operand. */
export function beginOf(address: number, elementBytes = 4): number {
  return (address % BINDING_ALIGNMENT) / elementBytes;
}

/** Words of parameters: whole numbers as they are, others as f32. */
export function words(whole: readonly number[], floats: readonly number[] = []): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(Float32Array.from(floats).buffer);
  return Uint32Array.from([...whole, ...bits]);
}

/** Most workgroups along one dimension. */
const MOST_GROUPS = 65_535;

/** A grid of `groups` workgroups that are numbered through. */
export function gridOf(groups: number): readonly [number, number] {
  const across = Math.min(groups, MOST_GROUPS);
  return [across, Math.ceil(groups / across)];
}

/** Name of a dtype in WGSL. */
export function shaderDtype(dtype: Dtype): string {
  return dtype.toLowerCase();
}
