import type { Program } from '../program.ts';
import { contrastExamples } from './contrast.ts';
import { decoderExamples } from './decoder.ts';
import type { ExampleFile } from './example.ts';
import type { PreparedExamples } from './losses.ts';
import type { ExampleSettings } from './settings.ts';
import { openTokenizer } from './tokenizer.ts';

/**
 * Turns a file's examples into sequences for a model.
 * @param folder the model whose tokenizer is used; it is opened only where texts need it
 * @throws SwizzleError 'usage' that names an example's place; 'checkpoint' for want of a tokenizer
 */
export async function prepareExamples(
  { examples }: ExampleFile,
  program: Program,
  label: string,
  folder: string | undefined,
  settings: ExampleSettings,
): Promise<PreparedExamples> {
  if (program.kind === 'decoder') {
    const needed = examples.some(({ kind }) => kind !== 'tokens' && kind !== 'contrast');
    const tokenizer = needed ? await openTokenizer(label, folder) : undefined;
    return decoderExamples(examples, program, tokenizer, settings);
  }
  return contrastExamples(examples, program, await openTokenizer(label, folder), settings);
}
