import * as losses from '../commands/loss.ts';
import type { LossOptions, LossPlan, LossReport } from '../commands/loss.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, text } from '../options/kinds.ts';
import { COMPUTING, EXAMPLES, REACHING } from '../options/options.ts';
import type { WithNames } from './names.ts';
import { MODELS } from './option-kinds.ts';

const KINDS: OptionKinds<LossOptions> = {
  ...EXAMPLES,
  ...REACHING,
  device: COMPUTING.device,
  adapter: COMPUTING.adapter,
  tokenizer: text('one of the models'),
  onPlan: callback(),
  onProgress: callback(),
};

/**
 * The loss of each model on a file of examples, by a forward pass that streams its weights.
 * @throws SwizzleError 'usage' for examples, 'checkpoint' for a model that cannot be run: both before weights are read
 */
export async function measureLosses(
  models: readonly string[],
  data: string,
  options: WithNames<LossOptions> = {},
): Promise<LossReport> {
  return losses.measureLosses(...checked('measureLosses', models, data, options));
}

/** What `measureLosses` would do, without reading weights. */
export async function planLosses(
  models: readonly string[],
  data: string,
  options: WithNames<LossOptions> = {},
): Promise<LossPlan> {
  return losses.planLosses(...checked('planLosses', models, data, options));
}

function checked(
  caller: string,
  models: readonly string[],
  data: string,
  options: unknown,
): [readonly string[], string, LossOptions] {
  return [
    checkValue(caller, 'models', MODELS, models),
    checkValue(caller, 'data', text('the path of a JSONL file'), data),
    checkOptions(caller, KINDS, options),
  ];
}
