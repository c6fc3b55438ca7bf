import { createHash } from 'node:crypto';
import * as z from 'zod';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import type { Example, ExampleFile } from './example.ts';
import { readBytes } from '../../regular-file.ts';
import { checkNesting } from '../../nesting.ts';

const group = z.string().optional();
const text = z.string();
const pair = z.strictObject({ input: text, output: text, group });
const plain = z.strictObject({ text, group });
const ids = z.strictObject({ tokens: z.array(z.int('expected whole numbers').min(0, 'expected 0 or more')), group });
const contrast = z.strictObject({
  query: text,
  pos: z.array(text).min(1, 'expected at least one text'),
  neg: z.array(text).min(1, 'expected at least one text'),
  group,
});

const choices = {
  choices: z.array(text).min(2, 'expected at least two choices'),
  answer: z.int('expected the index of the right choice').min(0, 'expected 0 or more'),
  group,
};
const continued = z.strictObject({ context: text, ...choices });
const asked = z.strictObject({ question: text, ...choices });

const FORMS =
  '{"input", "output"}, {"text"}, {"tokens": […]}, {"context", "choices": […], "answer"} or {"query", "pos": […], "neg": […]}';

/**
 * Reads examples: JSONL, one object a line with an optional "group"; or JSON, a list of such objects, or an object of
 * lists by group. A bare list of numbers is taken for tokens.
 * @throws SwizzleError 'usage' that names file and line (in JSON: group and number)
 */
export async function readExamples(path: string): Promise<ExampleFile> {
  const bytes = await readBytes(path).catch((cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? 'no such file' : messageOf(cause);
    throw new SwizzleError('usage', `${path}: ${what}`, { cause, details: { path } });
  });
  const text = bytes.toString('utf8');
  const examples = path.endsWith('.json') ? fromJson(path, text) : fromLines(path, text);
  if (examples.length === 0) throw new SwizzleError('usage', `${path}: holds no examples`, { details: { path } });
  return { path, examples, hash: createHash('sha256').update(bytes).digest('hex') };
}

function fromLines(path: string, text: string): Example[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const place = `${path}:${index + 1}`;
    return [toExample(place, parse(place, line), undefined)];
  });
}

function fromJson(path: string, text: string): Example[] {
  const value = parse(path, text);
  if (Array.isArray(value)) return value.map((item, index) => toExample(`${path}: [${index}]`, item, undefined));
  if (typeof value !== 'object' || value === null) {
    throw new SwizzleError('usage', `${path}: expected a list of examples, or lists by group`, { details: { path } });
  }
  return Object.entries(value).flatMap(([group, items]: [string, unknown]) => {
    if (!Array.isArray(items))
      throw new SwizzleError('usage', `${path}: ${group}: expected a list of examples`, { details: { path } });
    return items.map((item, index) => toExample(`${path}: ${group}[${index}]`, item, group));
  });
}

function parse(place: string, text: string): unknown {
  try {
    checkNesting(text);
    return JSON.parse(text);
  } catch (cause) {
    throw new SwizzleError('usage', `${place}: ${messageOf(cause)}`, { cause });
  }
}

/** @param group of the list that holds it; an example may say its own */
function toExample(place: string, value: unknown, group: string | undefined): Example {
  const item = Array.isArray(value) ? { tokens: value } : value;
  const has = (key: string): boolean => typeof item === 'object' && item !== null && key in item;
  const check = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(item);
    if (parsed.success) return parsed.data;
    const found = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
    throw new SwizzleError('usage', `${place}: ${found}`);
  };
  if (has('input')) {
    const { input, output, ...more } = check(pair);
    if (output.trim() === '') throw new SwizzleError('usage', `${place}: output is empty: there is nothing to predict`);
    return { kind: 'pair', place, group: more.group ?? group, input, output };
  }
  if (has('text')) {
    const { text, ...more } = check(plain);
    if (text === '') throw new SwizzleError('usage', `${place}: text is empty`);
    return { kind: 'text', place, group: more.group ?? group, text };
  }
  if (has('tokens')) {
    const { tokens, ...more } = check(ids);
    return { kind: 'tokens', place, group: more.group ?? group, tokens };
  }
  if (has('choices')) {
    const { context, delimiter, ...item } = has('question') ? prompted(check(asked)) : plainContext(check(continued));
    if (item.answer >= item.choices.length) {
      throw new SwizzleError(
        'usage',
        `${place}: answer: expected 0 to ${item.choices.length - 1}, found ${item.answer}`,
      );
    }
    const { choices, answer } = item;
    return { kind: 'choice', place, group: item.group ?? group, context, delimiter, choices, answer };
  }
  if (has('query')) {
    const { query, pos, neg, ...more } = check(contrast);
    return { kind: 'contrast', place, group: more.group ?? group, query, pos, neg };
  }
  throw new SwizzleError('usage', `${place}: expected ${FORMS}`);
}

type Choices = Omit<z.infer<typeof continued>, 'context'>;
type Prompt = { readonly context: string; readonly delimiter: string };

/** HellaSwag's form: the choices continue the context as they are. */
function plainContext({ context, ...rest }: z.infer<typeof continued>): Choices & Prompt {
  return { context, delimiter: '', ...rest };
}

/** lm-evaluation-harness's prompt for ARC. */
function prompted({ question, ...rest }: z.infer<typeof asked>): Choices & Prompt {
  return { context: `Question: ${question}\nAnswer:`, delimiter: ' ', ...rest };
}
