import { SwizzleError } from '../../errors.ts';
import type { FloatDtype } from '../../dtype.ts';
import { didYouMean } from '../../nearest.ts';
import { choice, dtype, number, type OptionKind, size, wholeNumber } from '../../options/kinds.ts';

/** Reads what was typed for an option ("--lanes"). @throws SwizzleError 'usage' */
export function typed<T>(option: string, { expected, words = [], parse }: OptionKind<T>): (text: string) => T {
  return (text) => {
    const value = parse?.(text);
    if (value !== undefined) return value;
    const hint = words.length > 0 ? didYouMean(text, words) : '';
    throw new SwizzleError('usage', `${option}: expected ${expected}, found ${JSON.stringify(text)}${hint}`, {
      details: { option, expected, found: text },
    });
  };
}

/** Reads the value of an option ("--tolerance") that takes a number. @throws SwizzleError 'usage' */
export function numberOf(
  option: string,
  bounds: { readonly above?: number; readonly below?: number } = {},
): (text: string) => number {
  return typed(option, number(bounds));
}

/** Reads a whole number from `min` to `max`. @throws SwizzleError 'usage' */
export function wholeNumberOf(option: string, min: number, max: number = Infinity): (text: string) => number {
  return typed(option, wholeNumber(min, max));
}

/** Reads one of a few words. @throws SwizzleError 'usage' */
export function choiceOf<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return typed(option, choice(choices));
}

/** Reads "16MiB" as bytes. @throws SwizzleError 'usage' */
export function sizeOf(option: string): (text: string) => number {
  return typed(option, size());
}

/** Reads a dtype, or GGUF's blocks of 8 bits: "q8_0". @throws SwizzleError 'usage' */
export function outputTypeOf(option: string): (text: string) => FloatDtype | 'Q8_0' {
  return (text) => (text.toLowerCase() === 'q8_0' ? 'Q8_0' : typed(option, dtype())(text));
}
