import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';
import { MAX_CONFIG_BYTES, readText } from '../../../regular-file.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the Hub is, where its cache lies, who asks. The token never goes into a message. */
export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Folder of `models--org--name` folders. */
  readonly cache: string;
  readonly token: string | undefined;
  /** Where the token came from, for messages: "HF_TOKEN" or a file's path. */
  readonly tokenFrom: string | undefined;
  readonly offline: boolean;
}

/** What the environment says; the token file is still to be read. */
export interface HubPlaces extends Omit<HubSettings, 'tokenFrom'> {
  readonly tokenFile: string;
}

const TRUE = new Set(['1', 'ON', 'YES', 'TRUE']);

/** Empty counts as unset, as in shells' `HF_TOKEN= command`. */
function first(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
}

/**
 * Reads HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE by the rules of Python's
 * huggingface_hub (constants.py), its older names included.
 * @throws SwizzleError 'usage' when HF_ENDPOINT is not an http(s) address
 */
export function hubPlaces(env: Environment, home: string): HubPlaces {
  const expand = (path: string): string => (path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path);
  const hfHome = expand(
    first(env, 'HF_HOME') ?? join(first(env, 'XDG_CACHE_HOME') ?? join(home, '.cache'), 'huggingface'),
  );
  return {
    endpoint: endpointOf(first(env, 'HF_ENDPOINT') ?? 'https://huggingface.co'),
    cache: expand(first(env, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(hfHome, 'hub')),
    token: first(env, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'),
    tokenFile: expand(first(env, 'HF_TOKEN_PATH') ?? join(hfHome, 'token')),
    offline: TRUE.has((first(env, 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE') ?? '').toUpperCase()),
  };
}

function endpointOf(text: string): string {
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) {
    throw new SwizzleError(
      'usage',
      `HF_ENDPOINT is ${JSON.stringify(text)}, expected an address such as https://huggingface.co`,
    );
  }
  return text.replace(/\/+$/, '');
}

/**
 * Settings from the environment, with the token file where no variable has a token.
 * @throws SwizzleError 'usage' for a wrong HF_ENDPOINT, 'io' for a token file that is there and cannot be read
 */
export async function readHubSettings(env: Environment, home: string = homedir()): Promise<HubSettings> {
  const { tokenFile, ...places } = hubPlaces(env, home);
  if (places.token !== undefined) return { ...places, tokenFrom: 'HF_TOKEN' };
  const token = await readToken(tokenFile);
  return { ...places, token, tokenFrom: token === undefined ? undefined : tokenFile };
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    const token = (await readText(path, MAX_CONFIG_BYTES)).trim();
    return token === '' ? undefined : token;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SwizzleError('io', `${path}: the token file cannot be read: ${messageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
}
