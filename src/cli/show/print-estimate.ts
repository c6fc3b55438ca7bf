import type { SweepEstimate } from '../../sweep/running/estimate.ts';
import { formatBytes, formatSeconds, formatTable } from '../terminal/format.ts';
import { SWEEP_PLAN_SCHEMA } from './sweep-schema.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Prints what a sweep would do. */
export function printEstimate(terminal: Terminal, estimate: SweepEstimate, out: string, json: boolean): void {
  const { variants, passes, passSize, bytesRead, bytesWritten, disk, free, memory, device, pending, seconds } =
    estimate;
  if (json) {
    const { variants: _, ...rest } = estimate;
    const named = variants.map(({ name, parameters, hash }) => ({ variant: name, parameters, hash }));
    terminal.printJson({ schema: SWEEP_PLAN_SCHEMA, out, ...rest, variants: named });
    return;
  }
  const names = Object.keys(variants[0]?.parameters ?? {});
  const rows = variants.map(({ name, parameters }) => [
    name,
    ...names.map((parameter) => {
      const value = parameters[parameter] ?? '';
      return typeof value === 'number' ? Number(value.toPrecision(6)) : String(value);
    }),
  ]);
  terminal.print(formatTable([['variant', ...names], ...rows]));
  terminal.print([
    '',
    `sweep in ${out} (nothing is written)`,
    `  variants  ${variants.length} in ${passes} pass${passes === 1 ? '' : 'es'} over the inputs, ${passSize} a pass`,
    `  read      ${formatBytes(bytesRead)}`,
    `  write     ${formatBytes(bytesWritten)}, at most ${formatBytes(disk)} on disk at once (${formatBytes(free)} free)`,
    `  memory    at most ${formatBytes(memory)}`,
    `  device    ${device}`,
    seconds === undefined
      ? `  time      unknown: ${formatBytes(pending)} are still to be fetched from the Hub`
      : `  time      about ${formatSeconds(seconds)} for merging, by a short probe; scoring not counted`,
  ]);
}
