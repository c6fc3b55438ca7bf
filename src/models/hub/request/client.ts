import type { HubSettings } from './environment.ts';
import { hubFetch, type Fetch, type FetchOptions } from './fetch.ts';

/** One user's way to one Hub: settings, and the fetch that follows them. */
export interface HubClient {
  readonly settings: HubSettings;
  readonly fetch: Fetch;
  readonly options: FetchOptions;
}

export function hubClient(settings: HubSettings, options: FetchOptions = {}): HubClient {
  return { settings, fetch: hubFetch(settings, options), options };
}

/** Address of a file of a model at a commit, or of the endpoint's page of it. */
export function resolveUrl({ endpoint }: HubSettings, name: string, commit: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${name}/resolve/${encodeURIComponent(commit)}/${encoded}`;
}
