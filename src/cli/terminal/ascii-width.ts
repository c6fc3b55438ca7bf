/**
 * Columns that `text` takes in a terminal, where it is ASCII but for styling, as the help is. Stands in the bundled command
 * for the string-width package, three copies of which, with their Unicode tables, take longer to load than all else.
 */
function asciiWidth(text: string): number {
  // oxlint-disable-next-line no-control-regex -- styling begins with the control character ESC
  return text.replace(/\u001b\[[\d;]*m/g, '').length;
}

export { asciiWidth as default };
