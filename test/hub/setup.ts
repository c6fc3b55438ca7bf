import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type FetchOptions, hubClient, type HubClient } from '../../src/models/hub/request/fetch.ts';
import type { HubSettings } from '../../src/models/hub/request/environment.ts';
import { llamaModel } from './models.ts';
import { startHub, type TestHub } from './server/hub.ts';

export interface Scene {
  readonly hub: TestHub;
  readonly settings: HubSettings;
  /** Commit of org/tiny. */
  readonly commit: string;
  client(options?: FetchOptions, settings?: Partial<HubSettings>): HubClient;
}

/** A Hub that serves org/tiny, and an empty cache; both gone after the test. */
export async function scene(t: ExecutionContext): Promise<Scene> {
  const hub = await startHub();
  const cache = await mkdtemp(join(tmpdir(), 'swizzle-hub-'));
  t.teardown(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(cache, { recursive: true, force: true });
  });
  const commit = hub.add('org/tiny', llamaModel('tiny'));
  const settings = { endpoint: hub.endpoint, cache, token: undefined, tokenFrom: undefined, offline: false };
  const quick: FetchOptions = { retry: { attempts: 4, firstDelayMs: 1 } };
  return {
    hub,
    settings,
    commit,
    client: (options = {}, change = {}) => hubClient({ ...settings, ...change }, { ...quick, ...options }),
  };
}
