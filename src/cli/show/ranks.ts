import { foldNames } from '../../models/checkpoint/names.ts';
import { type LayerRank, MOST_RANK } from '../../commands/ranks.ts';
import { formatTable } from '../terminal/format.ts';
import { counted } from '../../counted.ts';

/** What `swizzle diff --rank-for` prints: ranks of the layers, those of one kind in one row, and what the whole needs. */
export function ranksText(layers: readonly LayerRank[], share: number): string[] {
  const differing = layers.filter(({ energy }) => energy > 0);
  if (differing.length === 0) return [`rank: none, ${counted(layers.length, 'linear layer')} are the same`];
  const kinds = differing.map(() => '');
  const rows = foldNames(
    differing.map(({ name }) => name),
    kinds,
  ).map(({ pattern, members }) => {
    const own = members.flatMap((index) => differing[index] ?? []).map(({ rank = Infinity }) => rank);
    const sorted = own.toSorted((a, b) => a - b);
    return [...[0, 0.5, 1].map((part) => named(sorted[Math.floor(part * (sorted.length - 1))] ?? 0)), pattern];
  });
  const most = Math.max(...differing.map(({ rank = Infinity }) => rank));
  const above = differing.filter(({ rank }) => rank === undefined).length;
  const needed =
    above > 0
      ? `${counted(above, 'linear layer')} of ${differing.length} ${above === 1 ? 'needs' : 'need'} more than rank ${MOST_RANK}`
      : `rank ${most} is enough for each of ${counted(differing.length, 'linear layer')}`;
  const head = `${needed} to keep ${Number((100 * share).toPrecision(6))} % of the difference (swizzle extract)`;
  return [...formatTable([['least', 'median', 'most', 'rank of tensor'], ...rows]), head];
}

function named(rank: number): string {
  return rank === Infinity ? `> ${MOST_RANK}` : `${rank}`;
}
