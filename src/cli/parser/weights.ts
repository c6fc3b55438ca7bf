import { SwizzleError } from '../../errors.ts';
import { parseNumber } from '../../options/kinds.ts';

const SPELLINGS: ReadonlySet<string> = new Set(['--weights', '--weight']);

const LIKE_A_NUMBER = /^[+-]?[\d.][\d.,/%eE+-]*$/;

/**
 * Arguments with all weights in one: "--weights 0.3 0.7", "--weights 0.3,0.7", "--weights=0.3 --weights=0.7", before the
 * models or behind them, become one "--weights=0.3,0.7" at the end. What is no weight stays where it is.
 */
export function joinWeights(args: readonly string[]): string[] {
  const rest: string[] = [];
  const weights: string[] = [];
  let takes: boolean = false;
  for (const arg of args) {
    const [, name = '', value] = /^(--weights?)(?:=(.*))?$/s.exec(arg) ?? [];
    if (SPELLINGS.has(name)) {
      if (value !== undefined) weights.push(value);
      takes = true;
    } else if (takes && isWeights(arg)) weights.push(arg);
    else {
      // meant as a weight: what looks like a number, and the first word behind --weights; an option or a path is not
      const first = weights.length === 0 && !arg.startsWith('-') && !/[./\\]/.test(arg);
      const meant: boolean = takes && (first || LIKE_A_NUMBER.test(arg));
      if (meant) weights.push(arg);
      else rest.push(arg);
      takes = meant;
    }
  }
  if (weights.length > 0) return [...rest, `--weights=${weights.join(',')}`];
  return args.some((arg) => SPELLINGS.has(arg)) ? [...rest, '--weights'] : rest;
}

/** Numbers with commas or spaces between; "1/3" and "25%" are numbers too. @throws SwizzleError 'usage' */
export function parseWeights(text: string): number[] {
  return parts(text).map((part) => {
    const weight = parseWeight(part);
    if (weight !== undefined) return weight;
    throw new SwizzleError('usage', `--weights: expected numbers, one a model, found ${JSON.stringify(part)}`);
  });
}

function parts(text: string): string[] {
  return text.split(/[,;\s]+/).filter((part) => part !== '');
}

function isWeights(arg: string): boolean {
  const found = parts(arg);
  return found.length > 0 && found.every((part) => parseWeight(part) !== undefined);
}

function parseWeight(part: string): number | undefined {
  const [above = '', below] = part.split('/');
  if (below !== undefined) {
    const [a, b] = [parseNumber(above), parseNumber(below)];
    return a === undefined || b === undefined || b === 0 ? undefined : a / b;
  }
  if (!part.endsWith('%')) return parseNumber(part);
  const percent = parseNumber(part.slice(0, -1));
  return percent === undefined ? undefined : percent / 100;
}
