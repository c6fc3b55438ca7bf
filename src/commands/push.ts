import { hubClient } from '../models/hub/request/fetch.ts';
import { readHubSettings } from '../models/hub/request/environment.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import { checkPushTarget, pushFolder, type PushOptions, type PushResult } from '../models/hub/push.ts';

/** A push that was found possible and only waits for its folder. */
export type PreparedPush = (folder: string) => Promise<PushResult>;

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
  const settings = await readHubSettings(hub.env);
  const client = hubClient(settings, { signal: options.signal, onRetry: hub.onRetry });
  const target = await checkPushTarget(client, name);
  return (folder) => pushFolder(client, folder, target, options);
}
