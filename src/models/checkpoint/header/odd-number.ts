const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;

/**
 * Whether a JSON text holds, outside strings, a number that is not plain digits: `2.0`, `-0`, `1e3`. JSON.parse makes
 * integers of them, and the format's reference refuses them.
 */
export function hasOddNumber(json: Uint8Array): boolean {
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += Number(byte === BACKSLASH);
    else if (byte === MINUS || byte === POINT || ((byte | 0x20) === 0x65 && isDigit(json[at - 1] ?? 0))) return true;
  }
  return false;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
