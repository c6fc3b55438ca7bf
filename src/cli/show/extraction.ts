import { foldNames } from '../../models/checkpoint/names.ts';
import type { ExtractedLayer, ExtractSummary } from '../../commands/extract.ts';
import { formatBytes, formatSeconds, formatTable } from '../terminal/format.ts';
import { counted } from '../../counted.ts';

const LEGEND = [
  'kept: share of a layer’s squared difference that the adapter has, over all layers of the row',
  'least: of the layer that has the least; of all: the row’s share of the squared difference',
];

/** What `swizzle extract` prints. */
export function extractionText(summary: ExtractSummary): string[] {
  const { out, layers, same, kept, saved, leftOut, rank, bytes, seconds } = summary;
  const all = energyOf(layers);
  const kinds = layers.map(({ rows, columns }) => `${rows} ${columns}`);
  const rows = foldNames(
    layers.map(({ name }) => name),
    kinds,
  ).map(({ pattern, members }) => {
    const own = members.flatMap((index) => layers[index] ?? []);
    const { rows: height = 0, columns = 0 } = own[0] ?? {};
    const least = Math.min(...own.map((layer) => layer.kept));
    return [percent(keptOf(own)), percent(least), percent(energyOf(own) / all), `${height} × ${columns}`, pattern];
  });
  const lines = [...formatTable([['kept', 'least', 'of all', 'shape', 'tensor'], ...rows]), ...LEGEND, ''];
  if (saved.length > 0) lines.push(`kept whole: ${listed(saved)}`);
  if (leftOut.length > 0) lines.push(`not kept: ${listed(leftOut.map(({ name, why }) => `${name} (${why})`))}`);
  if (leftOut.some(({ why }) => why === 'differs'))
    lines.push('--save-modules keeps what differs outside the linear layers');
  const unchanged = same > 0 ? ` (${same} more are the same in both)` : '';
  lines.push(
    `${out}: rank ${rank}, ${counted(layers.length, 'linear layer')}${unchanged}, ${percent(kept)} of their difference kept, ` +
      `${formatBytes(bytes)} in ${formatSeconds(seconds)}`,
  );
  return lines;
}

function energyOf(layers: readonly ExtractedLayer[]): number {
  return layers.reduce((sum, { energy }) => sum + energy, 0);
}

function keptOf(layers: readonly ExtractedLayer[]): number {
  return layers.reduce((sum, { energy, kept }) => sum + energy * kept, 0) / energyOf(layers);
}

const MOST = 5;

function listed(names: readonly string[]): string {
  const folded = foldNames(
    names,
    names.map(() => ''),
  ).map(({ pattern }) => pattern);
  const more = folded.length > MOST ? `, and ${folded.length - MOST} more` : '';
  return `${folded.slice(0, MOST).join(', ')}${more}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
