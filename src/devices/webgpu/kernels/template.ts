import { SwizzleError } from '../../../errors.ts';
import type { Dtype } from '../../../dtype.ts';

/** One repetition of a block: what its `$` names stand for, and lists that only blocks inside it name. */
export interface Item {
  readonly values: Readonly<Record<string, string>>;
  readonly lists?: Lists;
}

/** What the blocks of a kernel's text are repeated for, by the name of their directive. A list of one or none is a condition. */
export type Lists = Readonly<Record<string, readonly Item[]>>;

/** Bits of an element, for the names of store functions. */
const WIDTHS: Readonly<Record<string, string>> = { f32: '32', bf16: '16', f16: '16', f8_e4m3: '8', f8_e5m2: '8' };

/** An item whose names stand for these values. */
export function item(values: Readonly<Record<string, string | number>>, lists: Lists = {}): Item {
  return { values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])), lists };
}

/** A block that stands in the text once if `condition` holds, else not. */
export function when(condition: boolean): readonly Item[] {
  return condition ? [item({})] : [];
}

/** The lists that every kernel has: input and output with WGSL's name of the dtype, first and rest of the inputs. */
export function operandLists(inputs: readonly Dtype[], outputs: readonly Dtype[]): Lists {
  const input = inputs.map((dtype, i) => item({ i, dtype: dtype.toLowerCase() }));
  const output = outputs.map((dtype, k) => {
    return item({ k, dtype: dtype.toLowerCase(), width: WIDTHS[dtype.toLowerCase()] ?? '' });
  });
  return { input, output, first: input.slice(0, 1), rest: input.slice(1) };
}

function fill(line: string, values: Item['values']): string {
  return line.replaceAll(/\$(dtype|width|at|[ijknpqr])/g, (name) => values[name.slice(1)] ?? name);
}

/** The line of the `//@end` that closes the block begun at line `open`. */
function closing(lines: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < lines.length; at++) {
    const line = lines[at]?.trim() ?? '';
    if (line === '//@end') depth--;
    else if (line.startsWith('//@')) depth++;
    if (depth === 0) return at;
  }
  throw new SwizzleError('internal', `shader directive without //@end: ${lines[open]?.trim()}`);
}

function expandLines(lines: readonly string[], lists: Lists, values: Item['values']): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim().startsWith('//@')) {
      const end = closing(lines, at);
      const block = lines.slice(at + 1, end);
      const list = lists[line.trim().slice('//@'.length)];
      if (list === undefined) throw new SwizzleError('internal', `unknown shader directive ${line.trim()}`);
      for (const own of list) {
        result.push(...expandLines(block, { ...lists, ...own.lists }, { ...values, ...own.values }));
      }
      at = end;
    } else result.push(fill(line, values));
  }
  return result;
}

/** A kernel's WGSL: the blocks between `//@NAME` and `//@end` repeated for each item of list NAME, `$` names filled in. */
export function expandTemplate(text: string, lists: Lists): string {
  return expandLines(text.split('\n'), lists, {}).join('\n');
}
