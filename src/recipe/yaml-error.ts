import { isNode, isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type * as z from 'zod';
import { SwizzleError } from '../errors.ts';

/** A YAML text, and where in it each value stands. */
export interface YamlText {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** @throws SwizzleError 'recipe' with file and line when the text is not YAML */
export function parseYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new SwizzleError('recipe', `${file}:${line}:${col}: ${error.message}`, {
      cause: error,
      details: { file, line },
    });
  }
  return { file, document, lines };
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

/** An error about the value at `path`: file, line, path, what was expected. */
export function errorAt(yaml: YamlText, path: readonly PropertyKey[], message: string): SwizzleError {
  const line = lineAt(yaml, path);
  const where = path.length > 0 ? `${formatPath(path)}: ` : '';
  return new SwizzleError('recipe', `${yaml.file}:${line}: ${where}${message}`, { details: { file: yaml.file, line } });
}

/** All of zod's findings as one error, a line each. */
export function validationError(yaml: YamlText, error: z.ZodError): SwizzleError {
  const found = error.issues.flatMap(deepest).map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const paths = keys.length > 0 ? keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => errorAt(yaml, path, keys.length > 0 ? 'unknown key' : describe(issue, yaml, path)));
  });
  const errors = found.flat();
  const message = errors.map((one) => one.message).join('\n');
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

function describe(issue: Issue, yaml: YamlText, path: readonly PropertyKey[]): string {
  const missing = path.length > 0 && !yaml.document.hasIn(path);
  if (missing) return 'is missing';
  const text = issue.message.replace(/^Invalid input: /, '');
  const value = path.length > 0 ? yaml.document.getIn(path) : undefined;
  return typeof value === 'string' || typeof value === 'number' ? `${text}, found ${JSON.stringify(value)}` : text;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');
}
