import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'keys with values',
  record: 'keys with values',
  map: 'keys with values',
};

/** What the validator found wrong, in words of the file: "expected a list, found keys with values". */
export function plainWords(issue: Issue, found: unknown): string {
  const unknown = /^Unrecognized keys?: (.*)$/.exec(issue.message)?.[1];
  if (unknown !== undefined) return `unknown key ${unknown}`;
  const text = expected(issue);
  const hint = text.indexOf('; did you mean');
  const end = hint < 0 ? text.length : hint;
  return `${text.slice(0, end)}, found ${shown(found)}${text.slice(end)}`;
}

/** Messages that a schema gives itself are plain already. */
function expected(issue: Issue): string {
  if (!/^(Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    default:
      return 'expected another form';
  }
}

function bound(origin: string, words: string, value: number | bigint): string {
  if (origin === 'string') return value === 1 ? 'a text that is not empty' : `${words} ${value} characters`;
  if (origin === 'array') return `${words} ${value} ${value === 1 ? 'entry' : 'entries'}`;
  return `a number of ${words} ${value}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'keys with values' : shownValue(value);
}

/** A plain value of a YAML file, as messages show it: `NaN` and infinities too, which JSON has no words for. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shownValue).join(', ')}]`;
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
}
