import { Option } from './option.ts';

/** A word that a command takes: "<inputs...>", "[method]". */
export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly parse: ((text: string) => unknown) | undefined;
}

/** What runs a command: its arguments in order, then its options. */
type Action = (...values: never[]) => void | Promise<void>;

/** A command as it is declared. Parsing is yargs' (parse.ts), the look of its help help.ts's. */
export class Command {
  readonly name: string;
  readonly about: string;
  readonly options: Option[] = [];
  readonly arguments: Argument[] = [];
  usageText: string | undefined;
  descriptionText = '';
  after = '';
  run: Action | undefined;

  /** @param about its line in the list of commands */
  constructor(name: string, about: string) {
    this.name = name;
    this.about = about;
  }

  usage(text: string): this {
    this.usageText = text;
    return this;
  }

  description(text: string): this {
    this.descriptionText = text;
    return this;
  }

  argument(word: string, description: string, parse?: (text: string) => unknown): this {
    const name = word.replaceAll(/[<>[\].]/g, '');
    this.arguments.push({ name, description, required: word.startsWith('<'), variadic: word.includes('...'), parse });
    return this;
  }

  option(flags: string, description: string): this {
    return this.addOption(new Option(flags, description));
  }

  addOption(option: Option): this {
    this.options.push(option);
    return this;
  }

  /** Text behind the list of options: examples. */
  addHelpText(text: string): this {
    this.after = text;
    return this;
  }

  action(run: Action): this {
    this.run = run;
    return this;
  }
}
