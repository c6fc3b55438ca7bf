import type { Verification } from '../../commands/verify.ts';
import type { FileProblem, TensorCheck } from '../../commands/verify/check-files.ts';
import { formatBytes } from '../terminal/format.ts';
import { type Line, marked } from '../terminal/line.ts';
import { counted } from '../../counted.ts';
import { introducedWarning } from '../../run/execute/introduced.ts';

const MOST_LINES = 10;
const MOST_RANGES = 3;

/** What `swizzle verify` prints. */
export function verificationText(found: Verification): Line[] {
  const [first = '', ...rest] = [...fileLines(found), ...sampleLines(found), ...valueLines(found)];
  return [marked(found.isGood ? 'good' : 'bad', first), ...rest];
}

function fileLines({ folder, files: { files, bytes, problems, unchecked }, damaged, madeBy }: Verification): string[] {
  const noSum = 'no checksum in swizzle_manifest.json, only the size was compared';
  if (problems.length === 0 && unchecked.length === 0) {
    return [`${folder}: ${counted(files, 'file')}, ${formatBytes(bytes)} as they were written`];
  }
  if (problems.length === 0) {
    const by = madeBy === '' ? 'an older version' : `swizzle ${madeBy}`;
    const have = unchecked.length === 1 ? 'has' : 'have';
    return [
      `${folder}: cannot be verified: ${unchecked.length} of ${counted(files, 'file')} ${have} no checksum (written by ${by})`,
      ...shortened(
        unchecked.map((file) => `  ${file}: ${noSum}`),
        'files',
      ),
    ];
  }
  const lines = [
    ...problems.map(({ file, problem, ranges }) => `  ${file}: ${problem}${rangesText(ranges)}`),
    ...unchecked.map((file) => `  ${file}: ${noSum}`),
  ];
  const tensors = damaged.map((name) => `  in those bytes: ${name}`);
  return [
    `${folder}: ${problems.length} of ${counted(files, 'file')} ${problems.length === 1 ? 'is' : 'are'} not as written`,
    ...shortened(lines, 'files'),
    ...shortened(tensors, 'tensors'),
  ];
}

/** ": 0 to 1048575, 3145728 to 4194303" */
function rangesText(ranges: FileProblem['ranges'] = []): string {
  if (ranges.length === 0) return '';
  const shown = ranges.slice(0, MOST_RANGES).map(([begin, end]) => `${begin} to ${end - 1}`);
  const more = ranges.length - shown.length;
  return `: ${shown.join(', ')}${more > 0 ? ` and ${more} more ranges` : ''}`;
}

function valueLines({ introduced }: Verification): string[] {
  const warning = introducedWarning(introduced);
  return warning === undefined ? [] : [`  warning: ${warning}`];
}

function sampleLines({ sample, notRecomputed }: Verification): string[] {
  if (notRecomputed !== undefined) return `  nothing was made again: ${notRecomputed}`.split('\n');
  if (sample === undefined) return [];
  const { checks, of, seed } = sample;
  const head = `  ${checks.length} of ${counted(of, 'tensor')} made again on cpu, seed ${seed}:`;
  const bad = checks.filter(({ isGood }) => !isGood);
  if (bad.length > 0) {
    return [`${head} ${bad.length} ${bad.length === 1 ? 'differs' : 'differ'}`, ...shortened(bad.map(line), 'tensors')];
  }
  const near = checks.filter(({ identical, elements }) => identical < elements);
  if (near.length === 0) return [`${head} all the same`];
  const worst = near.reduce((most, { relativeL2 }) => Math.max(most, relativeL2), 0);
  return [`${head} as a GPU may round them, rel. L2 at most ${worst.toExponential(1)}`];
}

function line({ name, identical, elements, relativeL2 }: TensorCheck): string {
  return `    ${name}: ${elements - identical} of ${elements} elements, rel. L2 ${relativeL2.toExponential(1)}`;
}

function shortened(lines: readonly string[], what: string): string[] {
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  and ${more} ${what} more`] : [...lines];
}
