import { Option } from '../parser/option.ts';
import type { LossOptions } from '../../commands/loss.ts';
import { EXAMPLES } from '../../options/options.ts';
import { typed } from '../parser/values.ts';

/** How examples become losses, as typed: what loss and cocktail share. */
export interface LossArguments {
  readonly batchSize: number;
  readonly maxInputLength?: number;
  readonly negatives: number;
  readonly negativesSeed: number;
}

/** They have LM_Cocktail's defaults. */
export function lossOptions(): Option[] {
  return [
    new Option('--batch-size <n>', 'examples whose loss is averaged first (default: 2)')
      .argParser(typed('--batch-size', EXAMPLES.batchSize))
      .default(2),
    new Option(
      '--max-input-length <n>',
      'tokens kept of an example (default: 2048 of a decoder’s, 512 of an encoder’s)',
    ).argParser(typed('--max-input-length', EXAMPLES.maxInputLength)),
    new Option(
      '--negatives <n>',
      'negative passages per query, for encoders (default: 7); use what the model was trained with',
    )
      .argParser(typed('--negatives', EXAMPLES.negatives))
      .default(7),
    new Option('--negatives-seed <n>', 'random seed for choosing negatives (default: 0)')
      .argParser(typed('--negatives-seed', EXAMPLES.negativesSeed))
      .advanced()
      .default(0),
  ];
}

export function toLossOptions({
  batchSize,
  maxInputLength,
  negatives,
  negativesSeed,
}: LossArguments): Pick<LossOptions, 'batchSize' | 'maxInputLength' | 'negatives' | 'negativesSeed'> {
  return { batchSize, maxInputLength, negatives, negativesSeed };
}
