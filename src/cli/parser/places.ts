import { SwizzleError } from '../../errors.ts';

/** NAME=PATH, more of them after commas: where models are, by the names that a recipe gives them. @throws SwizzleError 'usage' */
export function parsePlaces(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((one) => {
      const at = one.lastIndexOf('=');
      if (at > 0 && at < one.length - 1) return [one.slice(0, at), one.slice(at + 1)];
      throw new SwizzleError('usage', `--model: expected NAME=PATH, found ${JSON.stringify(one)}`);
    }),
  );
}
