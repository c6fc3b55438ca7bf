import { SwizzleError } from '../../errors.ts';

/** What a kernel's text is specialised by: WGSL names of the dtypes ("bf16"), one an operand. */
export interface Operands {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

type Values = Readonly<Record<string, string>>;

/** Bits of an element, for the names of store functions. */
const WIDTHS: Readonly<Record<string, string>> = { f32: '32', bf16: '16', f16: '16', f8_e4m3: '8', f8_e5m2: '8' };

function repetitions(directive: string, operands: Operands): Values[] {
  const inputs = operands.inputs.map((dtype, i) => ({ i: String(i), dtype }));
  switch (directive) {
    case '//@input':
      return inputs;
    case '//@first':
      return inputs.slice(0, 1);
    case '//@rest':
      return inputs.slice(1);
    case '//@output':
      return operands.outputs.map((dtype, k) => ({ k: String(k), dtype, width: WIDTHS[dtype] ?? '' }));
    default:
      throw new SwizzleError('internal', `unknown shader directive ${directive}`);
  }
}

function fill(line: string, values: Values): string {
  return line.replaceAll(/\$(dtype|width|i|k)/g, (name) => values[name.slice(1)] ?? name);
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

function expandLines(lines: readonly string[], operands: Operands, values: Values): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim().startsWith('//@')) {
      const end = closing(lines, at);
      const block = lines.slice(at + 1, end);
      for (const own of repetitions(line.trim(), operands)) {
        result.push(...expandLines(block, operands, { ...values, ...own }));
      }
      at = end;
    } else result.push(fill(line, values));
  }
  return result;
}

/** A kernel's WGSL for these operands: `//@input`, `//@first`, `//@rest` and `//@output` blocks repeated, `$` names filled in. */
export function expandTemplate(text: string, operands: Operands): string {
  return expandLines(text.split('\n'), operands, {}).join('\n');
}
