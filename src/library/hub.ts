import * as pulling from '../commands/pull.ts';
import type { PullResult } from '../commands/pull.ts';
import * as pushing from '../commands/push.ts';
import type { PreparedPush } from '../commands/push.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import type { PushOptions, PushResult } from '../models/hub/push.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, flag, instance, type OptionKind, required, text } from '../options/kinds.ts';
import { REACHING } from '../options/options.ts';

const HUB: OptionKinds<HubOptions> = {
  env: required(instance<object>('environment variables', (value) => typeof value === 'object' && value !== null)),
  stream: flag(),
  onPull: callback(),
  onRetry: callback(),
  onNotice: callback(),
};

const PUSH: OptionKinds<PushOptions> = {
  private: flag(),
  revision: text('the name of a branch'),
  message: text(),
  signal: REACHING.signal,
  onEvent: callback(),
};

const NAME: OptionKind<string> = text('a Hub name like org/name');

const NAMES: OptionKind<readonly string[]> = instance(
  'a list of Hub names like org/name',
  (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
);

/**
 * Brings models into the Hub's cache. All of them are looked up before the first byte of weights moves.
 * @param names "org/name" or "org/name@revision"
 * @throws SwizzleError 'usage' for other names, 'hub', 'checkpoint', 'space', 'io'; the signal's reason when aborted
 */
export async function pull(names: readonly string[], hub: HubOptions, signal?: AbortSignal): Promise<PullResult> {
  const own = checkOptions('pull', HUB, hub);
  return pulling.pull(checkValue('pull', 'names', NAMES, names), own, signal);
}

/**
 * Checks name and token, before anything is computed.
 * @param name "org/name"
 * @throws SwizzleError 'usage' for a bad name or without a token, 'hub' when the Hub refuses the token
 */
export async function preparePush(
  name: string,
  hub: Pick<HubOptions, 'env' | 'onRetry'>,
  options: PushOptions = {},
): Promise<PreparedPush> {
  const own = checkOptions('preparePush', PUSH, options);
  return pushing.preparePush(checkValue('preparePush', 'name', NAME, name), checkOptions('preparePush', HUB, hub), own);
}

/**
 * Uploads a model folder to the Hub as one commit.
 * @throws SwizzleError 'checkpoint' when the folder is not a complete model, and as `preparePush`
 */
export async function push(
  folder: string,
  name: string,
  hub: Pick<HubOptions, 'env' | 'onRetry'>,
  options: PushOptions = {},
): Promise<PushResult> {
  checkValue('push', 'folder', text('the folder of a model'), folder);
  return (await preparePush(name, hub, options))(folder);
}
