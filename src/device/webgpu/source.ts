import { readFile } from 'node:fs/promises';
import type { Dtype } from '../../dtype.ts';
import { packageFile } from '../../package.ts';
import type { Chunk } from '../../plan/chunk.ts';
import { expandTemplate, type Operands } from './template.ts';

export type ShaderKernel = 'weighted_sum' | 'convert';

/** One specialisation of a kernel. */
export interface KernelSpec {
  readonly kernel: ShaderKernel;
  readonly inputs: readonly Dtype[];
  readonly outputs: readonly Dtype[];
}

/** The dtypes that shaders read and write. */
export const SHADER_DTYPES: ReadonlySet<Dtype> = new Set<Dtype>(['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2']);

/** The specialisation that runs `chunk`, or undefined where no shader does. */
export function kernelSpec(chunk: Chunk): KernelSpec | undefined {
  if (chunk.kernel === 'copy' || chunk.inputs.some(({ derive }) => derive !== undefined)) return undefined;
  const inputs = chunk.inputs.map((input) => input.dtype);
  const outputs = chunk.outputs.map((output) => output.dtype);
  const known = [...inputs, ...outputs].every((dtype) => SHADER_DTYPES.has(dtype));
  return known && inputs.length > 0 && outputs.length > 0 ? { kernel: chunk.kernel, inputs, outputs } : undefined;
}

/** The specialisation in words; equal for equal specialisations. */
export function specKey(spec: KernelSpec): string {
  return `${spec.kernel} ${spec.inputs.join('+')} -> ${spec.outputs.join('+')}`;
}

/** Whether an output has one-byte elements: then output words are 8 bytes instead of 16. */
export function hasNarrowOutput(outputs: readonly Dtype[]): boolean {
  return outputs.some((dtype) => dtype === 'F8_E4M3' || dtype === 'F8_E5M2');
}

const LIBRARY = ['bindings', 'octet', 'run', 'decode', 'load', 'encode', 'special'] as const;

/** The shader files, read once a device. */
export class ShaderFiles {
  readonly #texts = new Map<string, Promise<string>>();

  #text(path: string): Promise<string> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = readFile(packageFile(`shaders/${path}.wgsl`), 'utf8');
    this.#texts.set(path, text);
    return text;
  }

  /** The whole WGSL text of a specialisation: sizes, the library, then the kernel's own file. */
  async source(spec: KernelSpec, workgroupSize: number): Promise<string> {
    const store = hasNarrowOutput(spec.outputs) ? 'store_narrow' : 'store_wide';
    const library = await Promise.all([...LIBRARY, store].map((name) => this.#text(`lib/${name}`)));
    const operands: Operands = {
      inputs: spec.inputs.map((dtype) => dtype.toLowerCase()),
      outputs: spec.outputs.map((dtype) => dtype.toLowerCase()),
    };
    const sizes = { WORKGROUP: workgroupSize, INPUTS: spec.inputs.length, OUTPUTS: spec.outputs.length };
    const constants = Object.entries(sizes).map(([name, value]) => `const ${name} = ${value}u;`);
    return [...constants, ...library, expandTemplate(await this.#text(spec.kernel), operands)].join('\n');
  }
}
