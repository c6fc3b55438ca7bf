import { readFile } from 'node:fs/promises';
import { packageFile } from '../../../package.ts';
import { hasNarrowOutput, type KernelSpec, type ShaderKernel } from './spec.ts';
import { expandTemplate, operandLists } from './template.ts';

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
  histogram: [...STATISTIC, 'spread'],
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
