import type { MergeAbout } from '../../run/merge/merge-about.ts';
import { formatCount } from '../terminal/format.ts';

/** What a plan and a summary have in common. */
interface Described extends MergeAbout {
  readonly tensorCount: number;
  readonly parameters: number;
  readonly shards: readonly string[];
}

const MOST_MODELS = 12;

/** "linear of 2 models to bfloat16: 39 tensors, 1.00 M parameters, 1 shard" */
export function headLine({ method, models, dtype, tensorCount, parameters, shards }: Described): string {
  const of = counted(models.length, 'model');
  const size = `${counted(tensorCount, 'tensor')}, ${formatCount(parameters)} parameters, ${counted(shards.length, 'shard')}`;
  return `${method} of ${of} to ${dtype}: ${size}`;
}

/** A line a model: its weight, its name. */
export function modelLines(models: MergeAbout['models']): string[] {
  const shown = models.slice(0, MOST_MODELS);
  const weights = shown.map(({ weight, base }) => weight ?? (base ? 'base' : ''));
  const width = Math.max(...weights.map((weight) => weight.length));
  const lines = shown.map(({ model, weight, base }, index) => {
    const name = base && weight !== undefined ? `${model} (base)` : model;
    const label = index === 0 ? 'models' : '';
    return `  ${label.padEnd(9)}${(weights[index] ?? '').padEnd(width)}${width > 0 ? '  ' : ''}${name}`;
  });
  if (models.length > shown.length) lines.push(`  ${' '.repeat(9)}and ${models.length - shown.length} models more`);
  return lines;
}

/** "1 shard", "3 shards". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
