import { SwizzleError } from '../../../errors.ts';
import { ShaderFiles } from './template.ts';
import { type KernelSpec, specKey, specLabel } from './spec.ts';

/** The message of a shader that does not compile: kernel, line, column, the line itself, what is wrong with it. */
function shaderError(label: string, text: string, messages: readonly GPUCompilationMessage[]): SwizzleError {
  const lines = text.split('\n');
  const places = messages.flatMap(({ lineNum, linePos, message }) => {
    const source = lines[lineNum - 1] ?? '';
    const what = message.trim().split('\n');
    return [`  line ${lineNum}, column ${linePos}: ${source.trim()}`, ...what.map((line) => `    ${line}`)];
  });
  return new SwizzleError('shader', [`shader "${label}" does not compile`, ...places], {
    details: { shader: label, line: messages[0]?.lineNum, column: messages[0]?.linePos },
  });
}

/** Compiles WGSL `text`, entry point main. Throws SwizzleError 'shader' with the place in the text, or 'device'. */
export async function compile(
  device: GPUDevice,
  layout: GPUPipelineLayout,
  label: string,
  text: string,
): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: text });
  const scope = device.popErrorScope();
  const info = await module.getCompilationInfo();
  const errors = [...info.messages].filter((message) => message.type === 'error');
  const validation = await scope;
  if (errors.length > 0) throw shaderError(label, text, errors);
  if (validation !== null)
    throw new SwizzleError('shader', `shader "${label}" is refused: ${validation.message}`.split('\n'));
  // The thread that Dawn starts for createComputePipelineAsync holds up the process's end by up to 0.1 s.
  device.pushErrorScope('validation');
  const pipeline = device.createComputePipeline({ label, layout, compute: { module, entryPoint: 'main' } });
  const refusal = await device.popErrorScope();
  if (refusal === null) return pipeline;
  throw new SwizzleError('shader', `no pipeline for shader "${label}": ${refusal.message}`.split('\n'));
}

/** The pipelines of one device, each compiled once, when first asked for. All share one bind group layout. */
export class Pipelines {
  readonly bindGroupLayout: GPUBindGroupLayout;
  readonly #device: GPUDevice;
  readonly #workgroupSize: number;
  readonly #layout: GPUPipelineLayout;
  readonly #files = new ShaderFiles();
  readonly #compiled = new Map<string, Promise<GPUComputePipeline>>();

  constructor(device: GPUDevice, workgroupSize: number) {
    this.#device = device;
    this.#workgroupSize = workgroupSize;
    const types: readonly GPUBufferBindingType[] = ['read-only-storage', 'read-only-storage', 'storage', 'storage'];
    this.bindGroupLayout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: 4, // GPUShaderStage.COMPUTE
        buffer: { type },
      })),
    });
    this.#layout = device.createPipelineLayout({ bindGroupLayouts: [this.bindGroupLayout] });
  }

  /** Throws SwizzleError 'shader'. */
  get(spec: KernelSpec): Promise<GPUComputePipeline> {
    const key = specKey(spec);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const source = this.#files.source(spec, this.#workgroupSize);
    const compiled = source.then((text) => compile(this.#device, this.#layout, specLabel(spec), text));
    this.#compiled.set(key, compiled);
    return compiled;
  }
}
