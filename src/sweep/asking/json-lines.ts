import * as z from 'zod';
import { messageOf, SwizzleError } from '../../errors.ts';
import { readText } from '../../regular-file.ts';
import { checkNesting } from '../../nesting.ts';

/**
 * The values in a JSONL file, with their lines; empty lines count but hold nothing.
 * @throws SwizzleError 'score' that names file and line
 */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<{ line: number; value: T }[]> {
  const text = await readText(path).catch((cause: unknown) => {
    throw new SwizzleError('score', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  });
  return text.split('\n').flatMap((one, index) => {
    if (one.trim() === '') return [];
    try {
      checkNesting(one);
      return [{ line: index + 1, value: schema.parse(JSON.parse(one)) }];
    } catch (cause) {
      const what = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : messageOf(cause);
      throw new SwizzleError('score', `${path}:${index + 1}: ${what}`, { cause, details: { path, line: index + 1 } });
    }
  });
}
