import { readFile } from 'node:fs/promises';
import { compile } from '../../devices/webgpu/kernels/pipelines.ts';
import { expandTemplate } from '../../devices/webgpu/kernels/template.ts';
import { packageFile } from '../../package.ts';
import type { ForwardShader } from './dispatch.ts';

/** A compiled shader, and what its operands are bound by. */
export interface ForwardPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** The pipelines of one device, each compiled once, when first asked for. */
export class ForwardPipelines {
  readonly #device: GPUDevice;
  readonly #texts = new Map<string, Promise<string>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #compiled = new Map<string, Promise<ForwardPipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** @param bindings numbers of the operands. @throws SwizzleError 'shader' */
  get(shader: ForwardShader, bindings: readonly number[]): Promise<ForwardPipeline> {
    const key = JSON.stringify([shader.kernel, shader.constants, shader.lists, bindings]);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const made = this.#make(shader, bindings);
    this.#compiled.set(key, made);
    return made;
  }

  async #make(shader: ForwardShader, bindings: readonly number[]): Promise<ForwardPipeline> {
    const text = await this.#source(shader);
    const layout = this.#layout(bindings);
    const whole = this.#device.createPipelineLayout({ bindGroupLayouts: [layout] });
    return { pipeline: await compile(this.#device, whole, shader.kernel, text), layout };
  }

  async #source({ kernel, library, lists, constants, extensions = [] }: ForwardShader): Promise<string> {
    const texts = await Promise.all([...library, kernel].map((name) => this.#text(name)));
    const numbers = Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`);
    const enabled = extensions.map((name) => `enable ${name};`);
    return [...enabled, ...numbers, ...texts.map((text) => expandTemplate(text, lists))].join('\n');
  }

  #text(name: string): Promise<string> {
    const known = this.#texts.get(name) ?? readFile(packageFile(`shaders/${name}.wgsl`), 'utf8');
    this.#texts.set(name, known);
    return known;
  }

  #layout(bindings: readonly number[]): GPUBindGroupLayout {
    const known = this.#layouts.get(bindings.join());
    if (known !== undefined) return known;
    const entry = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => {
      return { binding, visibility: 4, buffer: { type } }; // GPUShaderStage.COMPUTE
    };
    const entries = [entry(0, 'read-only-storage'), ...bindings.map((binding) => entry(binding, 'storage'))];
    const layout = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(bindings.join(), layout);
    return layout;
  }
}
