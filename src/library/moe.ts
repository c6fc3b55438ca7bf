import { stringify } from 'yaml';
import * as mixing from '../commands/moe.ts';
import type { MoeOptions, MoeSummary, PreparedMoe } from '../commands/moe.ts';
import { checkOptions, type OptionKinds } from '../options/check.ts';
import { callback, flag } from '../options/kinds.ts';
import { type MoeConfig, parseMoe } from '../recipe/moe.ts';
import { NO_FILE } from '../recipe/recipe.ts';
import { loadMoe } from '../run/open/load-moe.ts';
import type { WithNames } from './names.ts';
import { MERGE } from './option-kinds.ts';
import { type Run, startRun } from './run.ts';

/** A mixture's config as an object: what its YAML says, key by key. Checked when it is used. */
export interface MoeObject {
  readonly base_model: string;
  readonly experts: readonly object[];
  readonly [key: string]: unknown;
}

/** A config's path, its YAML text, or the object that the text stands for. */
export type MoeInput = string | MoeObject;

/** Options of `moe` and `planMoe`. */
export interface BuildMoeOptions extends MoeOptions {
  /** Allow experts that are all the same model, to be trained further. */
  readonly allowSame?: boolean | undefined;
}

const { format: _format, gguf: _gguf, keepIntermediate: _keep, allowMissing: _missing, ...SHARED } = MERGE;

const KINDS: OptionKinds<BuildMoeOptions> = {
  ...SHARED,
  allowSame: flag(),
  onRouterProgress: callback(),
  onRouters: callback(),
};

/**
 * Builds a mixture of experts from dense models; mergekit-moe's job.
 * @param config a path, YAML text, or the object that it stands for
 * @returns a promise of the summary, over which progress can be iterated
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or does not exist.
 */
export function moe(config: MoeInput, options: WithNames<BuildMoeOptions>): Run<MoeSummary> {
  return startRun(async (follow) => {
    const { allowSame, ...own } = checkOptions('moe', KINDS, options);
    return mixing.moe(await toConfig(config, allowSame === true), { ...own, onProgress: follow(own.onProgress) });
  });
}

/** Plans a mixture of experts without reading weights: what `--dry-run` shows. */
export async function planMoe(config: MoeInput, options: WithNames<BuildMoeOptions>): Promise<PreparedMoe> {
  const { allowSame, ...own } = checkOptions('planMoe', KINDS, options);
  return mixing.planMoe(await toConfig(config, allowSame === true), own);
}

async function toConfig(input: MoeInput, allowSame: boolean): Promise<MoeConfig> {
  if (typeof input !== 'string') return parseMoe(NO_FILE, stringify(input), { directory: '.', allowSame });
  const isText = input.includes('\n') || input.trimStart().startsWith('{');
  return isText ? parseMoe(NO_FILE, input, { directory: '.', allowSame }) : loadMoe(input, allowSame);
}
