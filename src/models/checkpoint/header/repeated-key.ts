import { visit } from 'jsonc-parser';

/** Whether a JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A key that stands twice in one object of a JSON text, or undefined. JSON.parse keeps the last of such and says nothing.
 * @param json the text's bytes, UTF-8
 * @param root what JSON.parse made of it: an object, objects in it
 */
export function repeatedKey(json: Uint8Array, text: string, root: Record<string, unknown>): string | undefined {
  // Every colon outside strings follows a key: where there are as many as keys were kept, none was there twice.
  if (countColons(json) === countKeys(root)) return undefined;
  let repeated: string | undefined;
  const open: Set<string>[] = [];
  visit(text, {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (key) => {
      const keys = open.at(-1);
      if (keys?.has(key)) repeated ??= key;
      keys?.add(key);
    },
  });
  return repeated;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Colons outside strings. */
function countColons(json: Uint8Array): number {
  let colons = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH) at++;
    else if (!inString && byte === COLON) colons++;
  }
  return colons;
}

/** Keys of `root` and of the objects directly in it. */
function countKeys(root: Record<string, unknown>): number {
  const values = Object.values(root);
  return values.reduce<number>(
    (keys, value) => keys + (isRecord(value) ? Object.keys(value).length : 0),
    values.length,
  );
}
