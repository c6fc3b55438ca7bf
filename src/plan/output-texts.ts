import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../models/checkpoint/header/encode-header.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { byteLength, type Dtype } from '../dtype.ts';
import { isHead } from '../models/checkpoint/names.ts';
import { editConfig } from './config.ts';
import type { Layout } from './layout.ts';
import type { Matching } from './match/match.ts';
import { readTextConfig } from './layers/text-config.ts';
import { unloadableLayers } from './layers/unloadable.ts';

/** The small files with text of our own: the index and config.json, and what the user should know of them. */
export function outputTexts(
  { index }: Pick<Layout, 'index'>,
  lead: Checkpoint,
  matching: Matching,
  tensors: readonly NewTensor[],
): {
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  readonly warnings: readonly string[];
  /** Why transformers would not load the output whole. */
  readonly unloadable: readonly string[];
} {
  const texts: { name: string; text: string }[] = [];
  if (index !== undefined) texts.push({ name: 'model.safetensors.index.json', text: index });
  if (lead.config === undefined) return { texts, warnings: [], unloadable: [] };
  const ownHead = tensors.some(({ name }) => isHead(name) && !lead.tensors.has(name));
  const tied = ownHead && readTextConfig(lead.config).tied !== false ? false : undefined;
  const { text, warnings } = editConfig(lead.config, { dtype: commonDtype(tensors), layers: matching.layers, tied });
  texts.push({ name: 'config.json', text });
  const { layers } = matching;
  return { texts, warnings, unloadable: layers === undefined ? [] : unloadableLayers(text, lead, layers, tensors) };
}

/** The dtype that takes most bytes of the output: what config.json names. */
function commonDtype(tensors: readonly NewTensor[]): Dtype {
  const bytes = new Map<Dtype, number>();
  for (const { dtype, shape } of tensors) {
    bytes.set(dtype, (bytes.get(dtype) ?? 0) + byteLength(dtype, elementCount(shape)));
  }
  const [most] = [...bytes].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? 'F32';
}
