import { isNode, isMap, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type * as z from 'zod';
import { messageOf, SwizzleError } from '../errors.ts';
import { unwrapModule } from './modules.ts';
import { plainWords } from './plain-words.ts';
import { NO_FILE } from './recipe.ts';

/** A YAML text, and where in it each value stands. */
export interface YamlText {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** @throws SwizzleError 'recipe' with file and line when the text is not YAML */
export function parseYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  // the library's own warnings would be Node's, in the middle of the output
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = /call stack/.test(error.message)
      ? 'is nested too deeply'
      : error.code === 'TAB_AS_INDENT'
        ? 'a tab indents this line, expected spaces'
        : error.message;
    throw new SwizzleError('recipe', `${file}:${line}:${col}: ${message}`, {
      cause: error,
      details: { file, line },
    });
  }
  const yaml = { file, document, lines };
  const wrong = unwrapModule(document);
  if (wrong !== undefined) throw errorAt(yaml, ['modules'], wrong);
  return yaml;
}

/** Most uses of anchors: a recipe of a hundred layers has a few hundred, an attack multiplies them into billions. */
const MAX_ALIASES = 10_000;

/** What the text says, aliases and merge keys filled in. @throws SwizzleError 'recipe' where an alias has no anchor */
export function dataOf(yaml: YamlText): unknown {
  const { file, document } = yaml;
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    const what = cause instanceof RangeError ? 'is nested too deeply' : messageOf(cause);
    throw lostAlias(yaml) ?? new SwizzleError('recipe', `${file}: ${what}`, { cause, details: { file } });
  }
}

/** What to say of the first alias that has no anchor, if there is one. */
function lostAlias({ file, document, lines }: YamlText): SwizzleError | undefined {
  let error: SwizzleError | undefined;
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return undefined;
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      const message = `${file}:${line}:${col}: *${node.source}: no anchor &${node.source} stands before it`;
      error = new SwizzleError('recipe', message, { details: { file, line } });
      return visit.BREAK;
    },
  });
  return error;
}

/** Line of the value at `path`, or of the nearest value around it that exists; for a key of a map, the key's line. */
function lineAt(yaml: YamlText, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth > 1 ? yaml.document.getIn(path.slice(0, depth - 1), true) : yaml.document.contents;
    const last = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isNode(item.key) && item.key.toJSON() === last);
      if (isNode(pair?.key) && pair.key.range) return yaml.lines.linePos(pair.key.range[0]).line;
    }
    const node = yaml.document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return yaml.lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** "recipe.yml:4: ", before a message; nothing where there is no file. */
export function placeOf(file: string, line: number | undefined): string {
  if (file === NO_FILE) return '';
  return line === undefined ? `${file}: ` : `${file}:${line}: `;
}

/** An error about the value at `path`: file, line, path, what was expected. */
export function errorAt(yaml: YamlText, path: readonly PropertyKey[], message: string): SwizzleError {
  const line = lineAt(yaml, path);
  const where = path.length > 0 ? `${formatPath(path)}: ` : '';
  return new SwizzleError('recipe', `${placeOf(yaml.file, line)}${where}${message}`, {
    details: { file: yaml.file, line },
  });
}

/** Findings that are shown: more help nobody, and each is looked up in the text. */
const MOST_FINDINGS = 20;

/**
 * Zod's findings as one error, a line each.
 * @param hintOf what may have been meant by an unknown key of the map at a path
 */
export function validationError(
  yaml: YamlText,
  error: z.ZodError,
  hintOf: (path: readonly PropertyKey[], key: string) => string | undefined = () => undefined,
): SwizzleError {
  const data = dataOf(yaml);
  const unknown = (path: readonly PropertyKey[], key: string): SwizzleError => {
    const hint = hintOf(path, key);
    return errorAt(yaml, [...path, key], hint === undefined ? 'unknown key' : `unknown key; ${hint}`);
  };
  const found = error.issues.flatMap(deepest).flatMap((issue): (() => SwizzleError)[] => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    if (keys.length > 0) return keys.map((key) => () => unknown(issue.path, key));
    return [() => errorAt(yaml, issue.path, describe(issue, valueAt(data, issue.path)))];
  });
  const errors = found.slice(0, MOST_FINDINGS).map((make) => make());
  const more = found.length > MOST_FINDINGS ? [`and ${found.length - MOST_FINDINGS} more`] : [];
  const message = [...errors.map((one) => one.message), ...more];
  return new SwizzleError('recipe', message, { cause: error, details: errors[0]?.details ?? {} });
}

type Issue = z.core.$ZodIssue;

/** Of a union, the findings of the alternative that came farthest, where that says more than the union itself. */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inner = issue.errors.map((alternative) => alternative.flatMap(deepest));
  const reach = (found: Issue[]): number => Math.max(...found.map((one) => one.path.length));
  const [best] = inner.filter((found) => found.length > 0).sort((a, b) => reach(b) - reach(a));
  const tells = best?.some((one) => one.path.length > 0) ?? false;
  return best !== undefined && tells ? best.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) : [issue];
}

function describe(issue: Issue, value: unknown): string {
  if (issue.path.length > 0 && value === undefined) return 'is missing';
  return plainWords(issue, value);
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }, data);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}
