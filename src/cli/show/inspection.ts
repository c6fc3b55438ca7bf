import { foldNames } from '../../models/checkpoint/names.ts';
import type { Architecture } from '../../models/checkpoint/architecture.ts';
import type { Inspection } from '../../commands/inspect.ts';
import { formatBytes, formatCount, formatTable } from '../terminal/format.ts';
import { counted } from '../../counted.ts';

/**
 * What `swizzle inspect` prints: what the model is, its parts, its tensors with repeated layers folded.
 * @param vocabulary what the tokenizer's files say of it
 */
export function inspectionText(found: Inspection, vocabulary: string | undefined, all: boolean): string[] {
  const { model, architecture, tokenizer, parameters, tensors, bytes, shards, dtypes, groups } = found;
  const kinds = dtypes.map((one) => (dtypes.length > 1 ? `${one.dtype} ${formatCount(one.parameters)}` : one.dtype));
  const size = `${formatBytes(bytes)} in ${counted(shards.length, 'file')}`;
  const lines = [
    model,
    ...(architecture === undefined ? [] : [`  model      ${architectureLine(architecture)}`]),
    `  weights    ${formatCount(parameters)} parameters in ${counted(tensors, 'tensor')}, ${kinds.join(', ')}, ${size}`,
    `  tokenizer  ${tokenizer === undefined ? 'none' : `${tokenizer.kind}, ${tokenizer.chatTemplate ? 'with' : 'without'} a chat template`}`,
    ...(vocabulary === undefined ? [] : [`  ${vocabulary.replace(': ', ' ')}`]),
  ];
  const parts = groups.map((one) => [
    one.group,
    one.tensors,
    formatCount(one.parameters),
    `${((100 * one.parameters) / Math.max(parameters, 1)).toFixed(1)} %`,
    formatBytes(one.bytes),
  ]);
  const blocks = [lines, formatTable([['part', 'tensors', 'parameters', 'share', 'size'], ...parts])];
  if (all) blocks.push(shardTable(found), tensorTable(found));
  else blocks.push(foldedTable(found));
  return blocks.flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

function architectureLine(about: Architecture): string {
  const { name, family, layers, hiddenSize, heads, keyValueHeads, experts, vocabulary, context } = about;
  const label = name === undefined ? family : family === undefined ? name : `${name} (${family})`;
  const shared =
    keyValueHeads !== undefined && keyValueHeads !== heads ? ` (${keyValueHeads} for keys and values)` : '';
  const parts = [
    layers && counted(layers, 'layer'),
    hiddenSize && `hidden size ${hiddenSize}`,
    heads && `${counted(heads, 'head')}${shared}`,
    experts && counted(experts, 'expert'),
    vocabulary && `vocabulary ${vocabulary}`,
    context && `context ${context}`,
  ];
  return [label, ...parts].filter(Boolean).join(', ');
}

function foldedTable({ list }: Inspection): string[] {
  const shapes = list.map(({ shape }) => `[${shape.join(', ')}]`);
  const folded = foldNames(
    list.map(({ name }) => name),
    list.map(({ dtype }, index) => `${dtype} ${shapes[index]}`),
  );
  const rows = folded.map(({ pattern, members }) => {
    const [first = 0] = members;
    const bytes = members.reduce((sum, member) => sum + (list[member]?.bytes ?? 0), 0);
    return [pattern, members.length, list[first]?.dtype ?? '', shapes[first] ?? '', formatBytes(bytes)];
  });
  return formatTable([['tensors', 'count', 'dtype', 'shape', 'size'], ...rows]);
}

function tensorTable({ list }: Inspection): string[] {
  const rows = list.map(({ name, dtype, shape, bytes }) => [name, dtype, `[${shape.join(', ')}]`, formatBytes(bytes)]);
  return formatTable([['tensor', 'dtype', 'shape', 'size'], ...rows]);
}

function shardTable({ shards }: Inspection): string[] {
  const rows = shards.map(({ path, tensors, size }) => [path, tensors, formatBytes(size)]);
  return formatTable([['file', 'tensors', 'size'], ...rows]);
}
