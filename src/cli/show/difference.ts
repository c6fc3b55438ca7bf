import type { Difference, DiffResult, TensorDiff } from '../../commands/diff.ts';
import { formatTable } from '../terminal/format.ts';
import { type Line, marked } from '../terminal/line.ts';
import { counted } from '../../counted.ts';

/** What `swizzle diff` prints: tensors that differ, the farthest first, what cannot be compared, and the whole. */
export function differenceText({ tensors, total, beyond }: DiffResult, tolerance: number, top: number): Line[] {
  const differing = tensors
    .filter(({ problem, identical, elements }) => problem === undefined && identical < elements)
    .sort((a, b) => b.relativeL2 - a.relativeL2 || b.maxAbsolute - a.maxAbsolute);
  const unfit = tensors.filter(({ problem }) => problem !== undefined);
  const blocks: Line[][] = [];
  if (differing.length > 0) blocks.push(table(differing, top));
  if (unfit.length > 0) blocks.push(problems(unfit, top));
  const mark = beyond.length > 0 ? 'bad' : 'good';
  blocks.push([marked(mark, conclusion(tensors.length, total, beyond.length, tolerance))]);
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

const LEGEND = [
  'identical: elements of the same value; max |a-b|: the largest difference;',
  'rel. L2: |a-b| / |a|, by which rows are sorted; cosine: a·b / (|a| |b|)',
];

function table(differing: readonly TensorDiff[], top: number): string[] {
  const rows = differing.slice(0, top).map((one) => [...numbers(one), one.name]);
  const more = differing.length - rows.length;
  const hint = more > 0 ? [`and ${counted(more, 'tensor')} more; --top ${differing.length} shows all`] : [];
  return [...formatTable([['identical', 'max |a-b|', 'rel. L2', 'cosine', 'tensor'], ...rows]), ...hint, ...LEGEND];
}

function numbers({ elements, identical, maxAbsolute, relativeL2, cosine }: Difference): string[] {
  return [percent(identical, elements), scientific(maxAbsolute), scientific(relativeL2), cosine.toFixed(6)];
}

function problems(unfit: readonly TensorDiff[], top: number): string[] {
  const lines = unfit.slice(0, top).map(({ name, problem }) => `${name}: ${problem}`);
  if (unfit.length > lines.length) lines.push(`and ${counted(unfit.length - lines.length, 'tensor')} more`);
  return lines;
}

function conclusion(count: number, total: Difference, beyond: number, tolerance: number): string {
  const { elements, identical } = total;
  if (beyond === 0 && identical === elements) return `identical: ${counted(count, 'tensor')}`;
  if (elements === 0) return `different: ${beyond} of ${counted(count, 'tensor')}, none of which can be compared`;
  const [share, apart, distance, cosine] = numbers(total);
  const all = `${share} identical, max |a-b| ${apart}, rel. L2 ${distance}, cosine ${cosine}`;
  if (beyond === 0) return `equal within ${tolerance}: ${counted(count, 'tensor')}, ${all}`;
  return `different: ${beyond} of ${counted(count, 'tensor')}, ${all}`;
}

/** Never 100 % where one element differs. */
function percent(part: number, whole: number): string {
  const share = (100 * part) / Math.max(whole, 1);
  return `${(part < whole ? Math.min(share, 99.9999) : share).toFixed(4)} %`;
}

function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(2);
}
