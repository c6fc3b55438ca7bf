/**
 * Characters that make a terminal do something, or show text other than it is: controls (but for line ends and tabs), marks
 * that turn the direction of text, and the invisible separators of lines.
 */
// oxlint-disable-next-line no-control-regex -- those are what is looked for
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `text` with such characters as `\u001b`, which JSON reads as what they were. Names come from files and the Hub. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
