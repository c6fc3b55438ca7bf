import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import type { OptionKinds } from '../options/check.ts';
import { callback, flag, instance, type OptionKind, required, text } from '../options/kinds.ts';
import { COMPUTING, MERGING, REACHING, SHAPING } from '../options/options.ts';
import type { MergeOptions } from '../commands/merge.ts';
import type { MergerOptions } from '../run/merge/merger-options.ts';

/** A folder to write to, which may not be left out. */
export const OUT: OptionKind<string> = required(text('the output folder'));

/** A model by name, or one that is open. */
export const MODEL: OptionKind<string | Checkpoint> = {
  expected: 'a model: a folder, a file of weights, org/name or an open checkpoint',
  read: (value) => (isName(value) || isCheckpoint(value) ? value : undefined),
};

/** Several models by name. */
export const MODELS: OptionKind<readonly string[]> = instance(
  'a list of models: folders, files of weights or org/name',
  (value) => Array.isArray(value) && value.length > 0 && value.every(isName),
);

export const MAKING: OptionKinds<MergerOptions> = {
  ...COMPUTING,
  ...SHAPING,
  ...REACHING,
  places: instance('a Map from names of models to paths', (value) => value instanceof Map),
  hashInputs: flag(),
  warm: flag(),
  strict: flag(),
};

export const MERGE: OptionKinds<MergeOptions> = {
  ...MAKING,
  ...MERGING,
  out: OUT,
  force: flag(),
  resume: flag(),
  keepIntermediate: text('a folder'),
  story: text('Markdown'),
  onPlan: callback(),
  onProgress: callback(),
  onRemark: callback(),
  onChunk: callback(),
};

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCheckpoint(value: unknown): value is Checkpoint {
  return typeof value === 'object' && value !== null && 'tensors' in value && 'shards' in value;
}
