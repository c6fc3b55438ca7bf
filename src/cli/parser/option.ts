/** One option of a command, as it is declared: "-o, --out <folder>". */
export class Option {
  readonly flags: string;
  readonly description: string;
  readonly short: string | undefined;
  readonly long: string;
  /** Whether a value follows it, or may ("[k/n]"). */
  readonly required: boolean;
  /** What the word behind it looks like where that is its value; undefined: whatever it is. */
  valueLike: RegExp | undefined;
  /** Whether several values may follow it. */
  readonly variadic: boolean;
  /** "--no-write": sets `write` to false. */
  readonly negates: boolean;
  mandatory = false;
  /** Whether it may be given several times: its values are then joined by commas. */
  repeatable = false;
  defaultValue: unknown;
  heading = 'Options:';
  /** Whether only `--help --all` shows it. */
  isAdvanced = false;
  parse: ((text: string) => unknown) | undefined;
  /** The value that stands for one that is left out. */
  instead = '';
  /** Keys of options that may not be given beside it. */
  conflicting: readonly string[] = [];

  constructor(flags: string, description: string) {
    this.flags = flags;
    this.description = description;
    this.short = /^-\w/.exec(flags)?.[0];
    this.long = /--[\w-]+/.exec(flags)?.[0] ?? '';
    this.required = /[<[]/.test(flags);
    this.variadic = flags.includes('...');
    this.negates = this.long.startsWith('--no-');
  }

  /** The key of its value: "chunkSize". */
  get key(): string {
    const name = this.long.slice(this.negates ? 5 : 2);
    return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  }

  argParser(parse: (text: string) => unknown): this {
    this.parse = parse;
    return this;
  }

  /** The value may be left out: it is then `instead`. */
  optionalValue(valueLike: RegExp, instead: string): this {
    this.valueLike = valueLike;
    this.instead = instead;
    return this;
  }

  default(value: unknown): this {
    this.defaultValue = value;
    return this;
  }

  makeOptionMandatory(): this {
    this.mandatory = true;
    return this;
  }

  mayRepeat(): this {
    this.repeatable = true;
    return this;
  }

  helpGroup(heading: string): this {
    this.heading = heading;
    return this;
  }

  /** Moves it to the section of --help that only --all shows: hardly anyone needs it. */
  advanced(): this {
    this.isAdvanced = true;
    return this;
  }

  conflicts(...keys: readonly string[]): this {
    this.conflicting = keys;
    return this;
  }
}
