import { isRecord } from './header/repeated-key.ts';

/** config.json as an object; undefined where there is none, or it is no JSON object. */
export function parseConfig(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(text);
    return isRecord(root) ? root : undefined;
  } catch {
    return undefined;
  }
}
