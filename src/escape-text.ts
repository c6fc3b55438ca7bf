/**
 * Characters that make a terminal do something or start a new line, or that show text in another order: control characters,
 * marks that turn the direction of text, and the invisible separators of lines.
 */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const UNSAFE_BUT_LAYOUT = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Escapes foreign text for one line of output: each unsafe character, line ends and tabs included, becomes `\u001b` and the
 * like, as in JSON. Names of tensors, models and files come from downloads and may hold anything. Escaping twice is harmless.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeOne);
}

/** Escapes a text whose line ends and tabs are its own, such as JSON: a JSON parser reads the escapes back. */
export function escapeLines(text: string): string {
  return text.replace(UNSAFE_BUT_LAYOUT, escapeOne);
}

function escapeOne(one: string): string {
  return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
