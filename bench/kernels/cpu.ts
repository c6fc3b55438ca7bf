import { readFile } from 'node:fs/promises';
import { byteLength } from '../../src/dtype.ts';
import { Kernels } from '../../src/devices/cpu/kernels.ts';
import { layOut, WORK_BYTES } from '../../src/devices/cpu/memory/memory-layout.ts';
import { packageFile } from '../../src/package.ts';
import { weightBlock } from '../inputs/block.ts';
import { median } from '../race.ts';
import { JOBS, jobChunk, row, type KernelJob, type KernelRow } from './job.ts';

const MIB = 2 ** 20;
/** More than the caches hold. */
const OPERAND_BYTES = 64 * MIB;
const PAGE = 64 * 1024;

/** The WebAssembly kernels in this thread, operands in memory, beside a copy of as many bytes. */
export async function measureCpuKernels(runs: number): Promise<KernelRow[]> {
  const module = await WebAssembly.compile(await readFile(packageFile('dist/devices/cpu/kernels.wasm')));
  const pages = (WORK_BYTES + 8 * (OPERAND_BYTES + MIB)) / PAGE;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65_536, shared: true });
  const kernels = new Kernels(module, memory);
  return [copyRow(memory, runs), ...JOBS.map((job) => kernelRow(job, kernels, memory, runs))];
}

function operandAddress(i: number): number {
  return WORK_BYTES + i * (OPERAND_BYTES + MIB);
}

function copyRow(memory: WebAssembly.Memory, runs: number): KernelRow {
  const bytes = new Uint8Array(memory.buffer);
  const [from, to] = [operandAddress(0), operandAddress(1)];
  const seconds = time(runs, () => bytes.copyWithin(to, from, from + OPERAND_BYTES));
  const rate = OPERAND_BYTES / 1e9 / seconds;
  return { name: 'copy', trafficGBps: 2 * rate, outputGBps: rate };
}

function kernelRow(job: KernelJob, kernels: Kernels, memory: WebAssembly.Memory, runs: number): KernelRow {
  const elements = OPERAND_BYTES / 4;
  const chunk = jobChunk(job, elements);
  const block = layOut(chunk);
  for (const [i, dtype] of job.inputs.entries()) {
    const data = weightBlock(dtype, i + 1);
    for (let at = 0; at < byteLength(dtype, elements); at += data.length) {
      new Uint8Array(memory.buffer, operandAddress(i) + at, data.length).set(data);
    }
  }
  const seconds = time(runs, () => {
    for (let begin = 0; begin < elements; begin += block.elements) {
      const address = (dtype: (typeof job.inputs)[number], i: number): number =>
        operandAddress(i) + byteLength(dtype, begin);
      const layout = {
        ...block,
        inputs: job.inputs.map(address),
        outputs: job.outputs.map((dtype, k) => address(dtype, job.inputs.length + k)),
      };
      kernels.prepare(chunk, layout);
      kernels.run(chunk, layout, 0, Math.min(block.elements, elements - begin));
    }
  });
  return row(job, elements, seconds);
}

/** Median seconds of `work`, after one run that is not counted. */
function time(runs: number, work: () => void): number {
  work();
  return median(
    Array.from({ length: runs }, () => {
      const begun = performance.now();
      work();
      return (performance.now() - begun) / 1000;
    }),
  );
}
