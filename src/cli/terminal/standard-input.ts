import { SwizzleError } from '../../errors.ts';
import { MAX_RECIPE_BYTES } from '../../regular-file.ts';

/** Names messages about a recipe that was piped in. */
export const STANDARD_INPUT = 'standard input';

/** All of standard input: a recipe. @throws SwizzleError 'recipe' for more than a recipe's bytes */
export async function readStandardInput(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MAX_RECIPE_BYTES) {
      throw new SwizzleError(
        'recipe',
        `${STANDARD_INPUT}: larger than ${MAX_RECIPE_BYTES} bytes, the limit of a recipe`,
      );
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
