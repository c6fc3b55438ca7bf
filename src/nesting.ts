/** Deeper than any file of a model is nested; JSON libraries and validators recurse, and end at some 5,000 levels. */
const MOST_LEVELS = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/**
 * Refuses JSON that is nested too deeply to be walked by recursion. A line end inside JSON's texts is not allowed, so that each line of
 * JSONL begins outside of one.
 * @throws Error that says how deep
 */
export function checkNesting(text: string): void {
  let level = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE || code === NEWLINE) inText = false;
    } else if (code === QUOTE) inText = true;
    // [ or {, ] or }
    else if ((code | 0x20) === 0x7b) {
      level++;
      if (level > MOST_LEVELS) throw new Error(`is nested more than ${MOST_LEVELS} levels deep`);
    } else if ((code | 0x20) === 0x7d) level--;
  }
}
