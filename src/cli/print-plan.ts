import type { Dtype } from '../dtype.ts';
import type { PreparedMerge } from '../verbs/merge.ts';
import { formatBytes, formatCount } from './format.ts';
import type { Terminal } from './terminal.ts';

/** Prints what a merge would do. */
export function printPlan(terminal: Terminal, prepared: PreparedMerge, out: string, json: boolean): void {
  const { plan, device, lanes, chunkBytes, memory, sideFiles, target } = prepared;
  const { replaces } = target;
  const shards = plan.variants.flatMap((variant) => variant.shards.map(({ name, size }) => ({ name, size })));
  const side = sideFiles.reduce((sum, { size }) => sum + size, 0);
  const dtypes = new Map<Dtype, number>();
  for (const { outputs } of plan.tasks) {
    for (const { dtype } of outputs) dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + 1);
  }
  const inputs = plan.inputs.map(({ path, size }) => ({ path, size }));
  if (json) {
    const tensors = plan.tasks.map(({ name, shape, kernel, inputs: operands, outputs }) => {
      return { name, shape, kernel, inputs: operands.map(({ dtype }) => dtype), outputs };
    });
    const { bytesRead, bytesWritten, parameters, warnings } = plan;
    const disk = bytesWritten + side;
    terminal.print(
      JSON.stringify(
        {
          out,
          replaces: replaces && { files: replaces.files, bytes: replaces.bytes },
          device,
          lanes,
          chunkBytes,
          memory,
          disk,
          bytesRead,
          bytesWritten,
          parameters,
          spans: plan.spans.length,
          inputs,
          shards,
          warnings,
          tensors,
        },
        undefined,
        2,
      ),
    );
    return;
  }
  for (const warning of plan.warnings) terminal.note(`warning: ${warning}`);
  const kinds = [...dtypes].map(([dtype, count]) => `${count} ${dtype}`).join(', ');
  terminal.print(
    [
      `plan for ${out} (nothing is written)`,
      `  tensors  ${plan.tasks.length} (${kinds}), ${formatCount(plan.parameters)} parameters, in ${plan.spans.length} span${plan.spans.length === 1 ? '' : 's'}`,
      `  read     ${formatBytes(plan.bytesRead)} from ${inputs.length} file${inputs.length === 1 ? '' : 's'}`,
      `  write    ${formatBytes(plan.bytesWritten)} in ${shards.length} shard${shards.length === 1 ? '' : 's'}`,
      ...shards.map(({ name, size }) => `             ${name}  ${formatBytes(size)}`),
      `  disk     ${formatBytes(plan.bytesWritten + side)}, with ${sideFiles.length} side files`,
      `  memory   at most ${formatBytes(memory)}: ${lanes} lanes, chunks of ${formatBytes(chunkBytes)} an operand`,
      `  device   ${device}`,
      ...(replaces ? [`  replaces ${replaces.files} files in ${target.path}, ${formatBytes(replaces.bytes)}`] : []),
    ].join('\n'),
  );
}
