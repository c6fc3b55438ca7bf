import { stripVTControlCharacters } from 'node:util';

/**
 * Columns that `text` takes in a terminal, where it is ASCII but for styling, as the help is. Stands in the bundled command
 * for the string-width package, three copies of which, with their Unicode tables, take longer to load than all else.
 */
function asciiWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

export { asciiWidth as default };
