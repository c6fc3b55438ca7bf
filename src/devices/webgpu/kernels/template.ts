import { readFile } from 'node:fs/promises';
import { hasNarrowOutput, type KernelSpec, type ShaderKernel } from './spec.ts';
import type { Dtype } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import { packageFile } from '../../../package.ts';

/** Words that a kernel is told beside its operands, as they are laid out in `params`; see shaders/lib/settings.wgsl. */
export class Settings {
  // shaders/lib/settings.wgsl wants a word that is 0
  readonly #words: number[] = [0];

  /** Adds unsigned integers; returns the place of the first. */
  integers(...numbers: readonly number[]): number {
    const at = this.#words.length;
    this.#words.push(...numbers);
    return at;
  }

  /** Adds numbers, rounded to f32; returns the place of the first. */
  floats(...numbers: readonly number[]): number {
    return this.integers(...new Uint32Array(Float32Array.from(numbers).buffer));
  }

  /** Adds a table of numbers of any length, rounded to f32; returns the place of the first. */
  table(numbers: Float64Array): number {
    const at = this.#words.length;
    for (const word of new Uint32Array(Float32Array.from(numbers).buffer)) this.#words.push(word);
    return at;
  }

  words(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.#words);
  }
}

const LOADING = ['bindings', 'octet', 'run', 'decode', 'load'] as const;
const STORING = [...LOADING, 'encode', 'special'] as const;
const ELEMENTWISE = [...STORING, 'settings', 'values', 'elementwise'] as const;
const STATISTIC = [...LOADING, 'settings', 'values'] as const;
const SELECTING = ['random', 'spread', 'kept'] as const;

/** The files of shaders/lib/ that each kernel needs. */
const LIBRARIES: Readonly<Record<ShaderKernel, readonly string[]>> = {
  weighted_sum: STORING,
  convert: STORING,
  task_vectors: [...ELEMENTWISE, ...SELECTING],
  nearswap: ELEMENTWISE,
  overlap: ELEMENTWISE,
  weighted_lines: ELEMENTWISE,
  gram: [...STATISTIC, 'partials'],
  norms: [...STATISTIC, 'partials', ...SELECTING],
  overlap_counts: [...STATISTIC, 'partials'],
  histogram: [...STATISTIC, 'spread', 'selected'],
  locate: [...STATISTIC, 'spread', 'selected'],
  derive_scaled: [...LOADING, 'settings'],
  derive_low_rank: [...LOADING, 'settings', 'low_rank'],
  derive_low_rank_rows: [...LOADING, 'settings', 'low_rank'],
};

/** The shader files, read once a device. */
export class ShaderFiles {
  readonly #texts = new Map<string, Promise<string>>();

  #text(path: string): Promise<string> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = readFile(packageFile(`shaders/${path}.wgsl`), 'utf8');
    this.#texts.set(path, text);
    return text;
  }

  /** The whole WGSL text of a specialisation: sizes, the library, then the kernel's own file. */
  async source(spec: KernelSpec, workgroupSize: number): Promise<string> {
    const { kernel, inputs, outputs } = spec;
    const library = [...LIBRARIES[kernel], ...(spec.library ?? [])].map((name) => `lib/${name}`);
    if (outputs.length > 0) library.push(hasNarrowOutput(outputs) ? 'lib/store_narrow' : 'lib/store_wide');
    const texts = await Promise.all([...library, kernel].map((name) => this.#text(name)));
    const lists = { key: [], ...operandLists(inputs, outputs), ...spec.lists };
    const sizes = { WORKGROUP: workgroupSize, INPUTS: inputs.length, OUTPUTS: outputs.length, ...spec.constants };
    const constants = Object.entries(sizes).map(([name, value]) => `const ${name} = ${value}u;`);
    return [...constants, ...texts.map((text) => expandTemplate(text, lists))].join('\n');
  }
}

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
