import type { Dtype } from '../../dtype.ts';
import type { PreparedMerge } from '../../commands/merge.ts';
import { formatBytes } from '../terminal/format.ts';
import { type MoreJson, planJson } from './merge-json.ts';
import { counted } from '../../counted.ts';
import { headLine, modelLines } from './print-merge.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints what a merge would do. */
export function printPlan(terminal: Terminal, prepared: PreparedMerge & MoreJson, out: string, json: boolean): void {
  if (json) {
    terminal.printJson(planJson(prepared, out));
    return;
  }
  const { about, plan, device, lanes, chunkBytes, residentBytes, memory, sideFiles, target } = prepared;
  const { replaces } = target;
  const shards = plan.variants.flatMap((variant) => variant.shards.map(({ name, size }) => ({ name, size })));
  const side = sideFiles.reduce((sum, { size }) => sum + size, 0);
  const dtypes = new Map<Dtype, number>();
  for (const { outputs } of plan.tasks) {
    for (const { dtype } of outputs) dtypes.set(dtype, (dtypes.get(dtype) ?? 0) + 1);
  }
  for (const warning of plan.warnings) terminal.note(`warning: ${warning}`);
  const kinds = [...dtypes].map(([dtype, count]) => `${count} ${dtype}`).join(', ');
  const size = { tensorCount: plan.tasks.length, parameters: plan.parameters, shards: shards.map(({ name }) => name) };
  terminal.print([
    `plan for ${out} (nothing is written)`,
    `  merge    ${headLine({ ...about, ...size })}`,
    ...modelLines(about.models),
    `  tensors  ${kinds}, in ${counted(plan.spans.length, 'span')}`,
    `  read     ${formatBytes(plan.bytesRead)} from ${counted(plan.inputs.length, 'file')}`,
    `  written  ${formatBytes(about.tensorBytes)} in ${counted(shards.length, 'shard')}`,
    ...shards.map(({ name, size: bytes }) => `           ${name}  ${formatBytes(bytes)}`),
    `  disk     ${formatBytes(plan.bytesWritten + side)}, with ${counted(sideFiles.length, 'side file')}`,
    `  memory   at most ${formatBytes(memory)}: ${counted(lanes, 'lane')}, chunks of ${formatBytes(chunkBytes)} an operand`,
    ...(residentBytes > 0
      ? [`  resident up to ${formatBytes(residentBytes)} of inputs stay on the GPU between passes`]
      : []),
    `  device   ${device}`,
    ...(replaces
      ? [`  replaces ${counted(replaces.files, 'file')} in ${target.path}, ${formatBytes(replaces.bytes)}`]
      : []),
  ]);
}
