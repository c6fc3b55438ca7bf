import { escapeText } from './escape-text.ts';

/** What went wrong, for programs: stable across versions. */
export type ErrorCode =
  | 'usage' // the command line is wrong
  | 'recipe' // the recipe is wrong
  | 'checkpoint' // a model folder or its index is wrong
  | 'safetensors' // a file breaks the safetensors format
  | 'mismatch' // models do not fit each other
  | 'space' // not enough disk or memory
  | 'overflow' // values do not fit the output dtype or became NaN, and the user asked to stop
  | 'io' // reading or writing failed
  | 'device' // no such device, or it was lost
  | 'shader' // a shader did not compile
  | 'hub' // the Hub refused, or answered wrongly
  | 'score' // a scorer failed, or scores are wrong
  | 'internal';

/** Codes that mean the user's words or files are wrong, not the run: exit code 2. */
const WRONG_INPUT: ReadonlySet<ErrorCode> = new Set([
  'usage',
  'recipe',
  'checkpoint',
  'safetensors',
  'mismatch',
  'score',
]);

/**
 * An error whose message is written for the user: what was found where, what was expected.
 * `cause` keeps the error below it; `details` keeps names and values for programs, unescaped.
 */
export class SwizzleError extends Error {
  override readonly name: string = 'SwizzleError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param message one line, or several; each is escaped, so that a name with a line end in it cannot forge another line */
  constructor(
    code: ErrorCode,
    message: string | readonly string[],
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    const lines = typeof message === 'string' ? [message] : message;
    super(lines.map(escapeText).join('\n'), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The file or folder that the error is about, where it is about one. */
  get file(): string | undefined {
    return textOf(this.details['file'] ?? this.details['path']);
  }

  /** The line of `file`, from 1, of recipes and sweep files. */
  get line(): number | undefined {
    const { line } = this.details;
    return typeof line === 'number' ? line : undefined;
  }

  /** The tensor that the error is about, where it is about one. */
  get tensor(): string | undefined {
    return textOf(this.details['tensor']);
  }

  /** 2 for wrong use or wrong input, 1 for all else. */
  get exitCode(): 1 | 2 {
    return WRONG_INPUT.has(this.code) ? 2 : 1;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** "ENOENT: no such file or directory, open '/x'", as Node says it: the code, words, the call and its path. */
const SYSTEM_MESSAGE = /^E[A-Z0-9]+: (.+), [a-z]+(?: '.*')?$/s;

/** The message of anything thrown; of a system's error its words alone, since callers name the file. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return SYSTEM_MESSAGE.exec(text)?.[1] ?? text;
}

/**
 * What went wrong first: where something that is given back fails too (`using`), the error that came before.
 */
export function firstError(error: unknown): unknown {
  return error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error
    ? firstError(error.suppressed)
    : error;
}

/** The system's error code ("ENOENT") of anything thrown, if it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
