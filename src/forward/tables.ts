import type { EmbedIndex, Program, Rope } from './program.ts';
import type { Batch, Sequence } from './sequences.ts';

/** Numbers that a run's kernels look up: made on the host, written once. */
export interface Table {
  /** "token", "position", "type", "pick", "target": one i32 a row. "rope: …": cosines and sines. */
  readonly name: string;
  readonly address: number;
  readonly data: Int32Array | Float32Array;
}

/** Rows of an embedding that sequences use, ascending: only those are read. */
export function rowsUsed(index: EmbedIndex, sequences: readonly Sequence[]): number[] {
  return [...new Set(sequences.flatMap((sequence) => indexOf(index, sequence)))].sort((a, b) => a - b);
}

function indexOf(index: EmbedIndex, { tokens, types }: Sequence): readonly number[] {
  if (index === 'token') return tokens;
  if (index === 'position') return tokens.map((_, position) => position);
  return types ?? tokens.map(() => 0);
}

/** @param take reserves bytes and gives their address */
export function tablesOf(
  program: Program,
  sequences: readonly Sequence[],
  batches: readonly Batch[],
  take: (bytes: number) => number,
): Table[] {
  const tables: Table[] = [];
  const add = (name: string, data: Int32Array | Float32Array): void => {
    if (tables.some((table) => table.name === name)) return;
    tables.push({ name, address: take(data.byteLength), data });
  };
  const longest = Math.max(1, ...sequences.map(({ tokens }) => tokens.length));
  for (const step of program.stages.flatMap(({ steps }) => steps)) {
    if (step.do === 'embed') {
      const place = new Map(rowsUsed(step.index, sequences).map((row, at) => [row, at]));
      const rows = sequences.flatMap((sequence) => indexOf(step.index, sequence));
      add(
        step.index,
        Int32Array.from(rows, (row) => place.get(row) ?? 0),
      );
    }
    if (step.do === 'rotate') {
      add('row', Int32Array.from(sequences.flatMap(({ tokens }) => tokens.map((_, position) => position))));
      add(ropeName(step.rope), anglesOf(step.rope, longest));
    }
    if (step.do === 'pick') add('pick', Int32Array.from(pickedRows(sequences, batches)));
    if (step.do === 'loss') add('target', Int32Array.from(sequences.flatMap(({ targets }) => targets)));
  }
  return tables;
}

/** Picked rows, counted from the first row of their batch. */
function pickedRows(sequences: readonly Sequence[], batches: readonly Batch[]): number[] {
  return batches.flatMap(({ begin, end }) => {
    let first = 0;
    return sequences.slice(begin, end).flatMap(({ tokens, picked }) => {
      const rows = picked.map((row) => first + row);
      first += tokens.length;
      return rows;
    });
  });
}

export function ropeName({ frequencies, scale }: Rope): string {
  return `rope: ${frequencies.length} ${frequencies.at(0)} ${frequencies.at(-1)} ${frequencies.at(1)} ${scale}`;
}

/** For each position the cosines of all pairs, then their sines. Angles are rounded to f32 first, as transformers' are. */
function anglesOf({ frequencies, scale }: Rope, positions: number): Float32Array {
  const pairs = frequencies.length;
  const table = new Float32Array(positions * 2 * pairs);
  for (let position = 0; position < positions; position++) {
    for (const [pair, frequency] of frequencies.entries()) {
      const angle = Math.fround(position * Math.fround(frequency));
      table[(2 * position + 0) * pairs + pair] = Math.cos(angle) * scale;
      table[(2 * position + 1) * pairs + pair] = Math.sin(angle) * scale;
    }
  }
  return table;
}
