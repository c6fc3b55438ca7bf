import test from 'ava';
import type { Dtype } from '../../src/dtype.ts';
import { openDawn } from '../../src/devices/webgpu/dawn.ts';
import { Pipelines, compile } from '../../src/devices/webgpu/kernels/pipelines.ts';
import { type KernelSpec, SHADER_DTYPES } from '../../src/devices/webgpu/kernels/spec.ts';
import { SwizzleError } from '../../src/errors.ts';

const DTYPES = [...SHADER_DTYPES];
const DERIVING = ['derive_scaled', 'derive_low_rank', 'derive_low_rank_rows'] as const;

/** Dawn's null backend validates WGSL without any driver. */
async function nullDevice(): Promise<{ device: GPUDevice; [Symbol.asyncDispose](): Promise<void> }> {
  let gpu: GPU | undefined = await openDawn(['backend=null']);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error('Dawn has no null backend');
  const device = await adapter.requestDevice();
  return {
    device,
    async [Symbol.asyncDispose]() {
      device.destroy();
      await device.lost;
      gpu = undefined;
    },
  };
}

function pairs(): [Dtype, Dtype][] {
  return DTYPES.flatMap((from) => DTYPES.map((to): [Dtype, Dtype] => [from, to]));
}

test('every specialisation compiles', async (t) => {
  await using opened = await nullDevice();
  const pipelines = new Pipelines(opened.device, 64);
  const specs: KernelSpec[] = [
    ...pairs().map(([from, to]): KernelSpec => ({ kernel: 'convert', inputs: [from], outputs: [to] })),
    ...pairs().map(([from, to]): KernelSpec => ({ kernel: 'weighted_sum', inputs: [from, 'BF16'], outputs: [to] })),
    { kernel: 'weighted_sum', inputs: ['F16'], outputs: ['F16'] },
    { kernel: 'weighted_sum', inputs: DTYPES, outputs: DTYPES },
    {
      kernel: 'weighted_sum',
      inputs: Array.from({ length: 20 }, () => 'BF16'),
      outputs: Array.from({ length: 12 }, () => 'F16'),
    },
    ...DERIVING.flatMap((kernel) => DTYPES.map((from): KernelSpec => ({ kernel, inputs: [from], outputs: ['F32'] }))),
  ];
  const compiled = await Promise.all(specs.map((spec) => pipelines.get(spec)));
  t.is(compiled.length, 68);
  const [spec] = specs;
  if (spec === undefined) throw new Error('no specialisation');
  t.true((await pipelines.get(spec)) === compiled[0], 'compiled once');
});

test('a shader that does not compile is an error with line, column and source', async (t) => {
  await using opened = await nullDevice();
  const layout = opened.device.createPipelineLayout({ bindGroupLayouts: [] });
  const text = '@compute @workgroup_size(1)\nfn main() {\n  let x = 1u + 1.5f;\n}\n';
  const error = await t.throwsAsync(compile(opened.device, layout, 'broken', text), { instanceOf: SwizzleError });
  t.is(error.code, 'shader');
  const expected =
    'shader "broken" does not compile\n  line 3, column 11: let x = 1u + 1.5f;\n    no matching overload';
  t.is(error.message.slice(0, expected.length), expected);
  t.like(error.details, { shader: 'broken', line: 3, column: 11 });
});

test('a pipeline without its entry point is a shader error', async (t) => {
  await using opened = await nullDevice();
  const layout = opened.device.createPipelineLayout({ bindGroupLayouts: [] });
  const compiling = compile(opened.device, layout, 'other', '@compute @workgroup_size(1) fn other() {}');
  const error = await t.throwsAsync(compiling, { instanceOf: SwizzleError });
  t.is(error.code, 'shader');
  t.regex(error.message, /^no pipeline for shader "other": .*main/s);
});
