/**
 * Characters that make a terminal do something, or show text other than it is: controls (but for line ends and tabs), marks
 * that turn the direction of text, and the invisible separators of lines.
 */
const HARMFUL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** `text` with such characters as `\u001b`, which JSON reads as what they were. Names come from files and the Hub. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
