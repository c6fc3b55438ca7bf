import { type Command, Help } from 'commander';
import { styleFor } from '../color.ts';

/** Columns of help where the terminal has more, or where there is none. */
const WIDEST = 80;

/** How help is laid out: within 80 columns, headings stand out. */
export function configureHelp(program: Command): void {
  const style = styleFor(process.stdout);
  const own = Object.assign(new Help(), { sortOptions: false });
  program.configureHelp({
    helpWidth: Math.min(WIDEST, process.stdout.columns || WIDEST),
    // those of the program, too, in one list with the command's own
    visibleOptions: (command) => [...own.visibleOptions(command), ...(command.parent?.options ?? [])],
    styleTitle: style.bold,
    // descriptions say choices and defaults themselves
    optionDescription: ({ description }) => description,
    subcommandTerm: (command) => command.name(),
    subcommandDescription: (command) => command.summary() || command.description(),
  });
}
