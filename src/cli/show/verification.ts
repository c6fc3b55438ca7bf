import type { Verification } from '../../commands/verify.ts';
import type { TensorCheck } from '../../commands/verify/tensor-check.ts';
import { formatBytes } from '../terminal/format.ts';
import { counted } from './merge-lines.ts';

const MOST_LINES = 10;

/** What `swizzle verify` prints. */
export function verificationText(found: Verification): string {
  return [...fileLines(found), ...sampleLines(found)].join('\n');
}

function fileLines({ folder, files: { files, bytes, problems }, damaged }: Verification): string[] {
  if (problems.length === 0) {
    const what = bytes > 0 ? `${formatBytes(bytes)} of weights as they were written` : 'no checksums to compare with';
    return [`${folder}: ${counted(files, 'file')}, ${what}`];
  }
  const lines = problems.map(({ file, problem }) => `  ${file}: ${problem}`);
  const tensors = damaged.map((name) => `  in those bytes: ${name}`);
  return [
    `${folder}: ${problems.length} of ${counted(files, 'file')} ${problems.length === 1 ? 'is' : 'are'} not as written`,
    ...shortened(lines, 'files'),
    ...shortened(tensors, 'tensors'),
  ];
}

function sampleLines({ sample, notRecomputed }: Verification): string[] {
  if (notRecomputed !== undefined) return [`  nothing was made again: ${notRecomputed}`];
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
