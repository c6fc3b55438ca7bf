import type { BenchCase } from '../bench-case.ts';
import { measureCpuKernels } from '../kernels/cpu.ts';
import { type KernelRow } from '../kernels/job.ts';
import { measureGpuKernels } from '../kernels/webgpu.ts';
import { markdown } from '../table.ts';

const RUNS = 9;

export const kernels: BenchCase = {
  name: 'kernels',
  describe: 'kernels alone, operands in device memory, beside a plain copy on the same device',
  async run(bench) {
    for (const { name, software } of bench.devices) {
      const rows =
        software === undefined
          ? await measureCpuKernels(RUNS)
          : await measureGpuKernels(name.replace(/^webgpu: /, ''), RUNS);
      bench.say(`kernels: ${software === undefined ? 'cpu, one thread' : name}`, kernelTable(rows), rows);
    }
  },
};

function kernelTable(rows: readonly KernelRow[]): string {
  const copy = rows[0]?.trafficGBps ?? 1;
  const body = rows.map(({ name, trafficGBps, outputGBps }) => [
    name,
    trafficGBps.toFixed(2),
    outputGBps.toFixed(2),
    (trafficGBps / copy).toFixed(2),
  ]);
  return markdown([['', 'traffic GB/s', 'GB/s out', 'x copy'], ...body]);
}
