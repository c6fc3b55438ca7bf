import { type FloatDtype, floatDtypeNames, parseFloatDtype } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { parseSize } from '../terminal/format.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number, all of it: "2x" is none. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text.trim()) ? Number(text) : undefined;
}

/** Reads the value of an option ("--tolerance") that takes a number. @throws SwizzleError 'usage' */
export function numberOf(
  option: string,
  { above, below }: { readonly above?: number; readonly below?: number } = {},
): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value !== undefined && value > (above ?? -Infinity) && value < (below ?? Infinity)) return value;
    const bounds = [
      above === undefined ? [] : [`above ${above}`],
      below === undefined ? [] : [`below ${below}`],
    ].flat();
    const expected = ['a number', bounds.join(' and ')].join(' ').trim();
    throw wrongValue(option, expected, text);
  };
}

/** Reads a whole number from `min` to `max`. @throws SwizzleError 'usage' */
export function wholeNumberOf(option: string, min: number, max: number = Infinity): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (value !== undefined && Number.isInteger(value) && value >= min && value <= max) return value;
    throw wrongValue(option, `a whole number ${max === Infinity ? `from ${min} on` : `from ${min} to ${max}`}`, text);
  };
}

/** Reads one of a few words. @throws SwizzleError 'usage' */
export function choiceOf<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return found;
    throw wrongValue(option, `one of ${choices.join(', ')}`, text, didYouMean(text, choices));
  };
}

/** Reads "16MiB" as bytes. @throws SwizzleError 'usage' */
export function sizeOf(option: string): (text: string) => number {
  return (text) => parseSize(option.replace(/^--/, ''), text);
}

/** Reads a dtype: "float16", "fp16", "F16". @throws SwizzleError 'usage' */
export function dtypeOf(option: string): (text: string) => FloatDtype {
  return (text) => {
    const dtype = parseFloatDtype(text);
    if (dtype !== undefined) return dtype;
    const names = floatDtypeNames();
    throw wrongValue(option, `one of ${names.join(', ')}`, text, didYouMean(text, names));
  };
}

/** The same, or GGUF's blocks of 8 bits: "q8_0". @throws SwizzleError 'usage' */
export function outputTypeOf(option: string): (text: string) => FloatDtype | 'Q8_0' {
  return (text) => (text.toLowerCase() === 'q8_0' ? 'Q8_0' : dtypeOf(option)(text));
}

function wrongValue(option: string, expected: string, found: string, hint = ''): SwizzleError {
  return new SwizzleError('usage', `${option}: expected ${expected}, found ${JSON.stringify(found)}${hint}`, {
    details: { option, found },
  });
}
