import { SwizzleError } from '../errors.ts';
import type { Layout, PlacedStage, PlacedWeight } from './layout.ts';
import type { Op, Phase } from '../matrix/ops.ts';
import type { EmbedStep, Matrix, Program, Slot, Step } from './program.ts';
import type { Batch, Sequence } from './sequences.ts';
import { weightKey } from './stage-weights.ts';
import { ropeName, type Table } from './tables.ts';

/** Where the compiler is: one variant's weights and one batch of sequences. */
interface Place {
  readonly program: Program;
  readonly layout: Layout;
  readonly stage: PlacedStage;
  readonly sequences: readonly Sequence[];
  readonly variant: number;
  readonly batch: Batch;
}

/** The work of one stage: for each variant its weights are made, then every batch passes through the steps. */
export function compileStage(
  program: Program,
  layout: Layout,
  stage: PlacedStage,
  sequences: readonly Sequence[],
  variants: number,
): Phase[] {
  return Array.from({ length: variants }, (_, variant): Phase[] => {
    const making = [...stage.weights.values()].flatMap((weight) => makeWeight(weight, variant));
    const phases = (['merge', 'convert'] as const).map((op): Phase => {
      return { kind: 'at once', ops: making.filter((one) => one.op === op) };
    });
    const tasks = layout.batches.map((batch) => {
      const place: Place = { program, layout, stage, sequences, variant, batch };
      return stage.steps.flatMap((step) => compileStep(step, place));
    });
    phases.push(layout.windows.count === 1 ? { kind: 'shared', ops: tasks.flat() } : { kind: 'apart', tasks });
    return phases;
  }).flat();
}

function makeWeight(weight: PlacedWeight, variant: number): Op[] {
  const { inputs, raw, elements, merged, isOwn, isMerged, isConverted, variants } = weight;
  // what is no variant's own and needs no merging is the same for all
  if (!isMerged && !isOwn && variant > 0) return [];
  const ready = weight.ready[variant] ?? 0;
  const { dtype, weights } = variants[variant] ?? { dtype: 'F32', weights: [] };
  const ops: Op[] = [];
  const out = merged ?? ready;
  if (isMerged) {
    const operands = inputs.map((input, index) => ({ address: raw[index] ?? 0, dtype: input.dtype }));
    ops.push({ op: 'merge', inputs: operands, weights, out, dtype, elements });
  }
  const stored = raw[isOwn ? variant : 0] ?? 0;
  if (isConverted) ops.push({ op: 'convert', x: isMerged ? out : stored, dtype, out: ready, elements });
  return ops;
}

function compileStep(step: Step, place: Place): Op[] {
  const { batch } = place;
  const at = (slot: string): number => addressOf(slot, place);
  switch (step.do) {
    case 'embed':
      return [embed(step, place)];
    case 'norm': {
      const { norm, epsilon, unit } = step;
      const width = step.weight.shape[0] ?? 1;
      const rows = (rowsOf(step.in, place) * slotOf(step.in, place).width) / width;
      const weight = readyAt(step.weight, place);
      const bias = step.bias && readyAt(step.bias, place);
      return [{ op: 'norm', norm, x: at(step.in), out: at(step.out), rows, width, weight, bias, epsilon, unit }];
    }
    case 'linear': {
      const [all = 0, depth = 0] = step.weight.shape;
      const [begin, end] = step.weight.rows ?? [0, all];
      const { dtypes } = weightAt(step.weight, place);
      const w = readyAt(step.weight, place);
      const dtype = dtypes[place.variant];
      if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') throw new SwizzleError('internal', `${dtype} matrix`);
      const bias = step.bias && readyAt(step.bias, place);
      const rows = rowsOf(step.in, place);
      const columns = end - begin;
      return [{ op: 'matmul', x: at(step.in), rows, depth, w, dtype, columns, bias, out: at(step.out), add: step.add }];
    }
    case 'rotate': {
      const { width } = slotOf(step.slot, place);
      const rotary = 2 * step.rope.frequencies.length;
      const { address: table, data } = tableOf(ropeName(step.rope), place);
      const tableRows = data.length / rotary;
      const positions = tableOf('row', place).address + batch.row * 4;
      const { heads } = step;
      const size = width / heads;
      return [{ op: 'rotate', x: at(step.slot), rows: batch.rows, heads, size, rotary, table, tableRows, positions }];
    }
    case 'attend': {
      const { heads, keyValueHeads, scale, causal } = step;
      return [
        {
          op: 'attend',
          q: at(step.q),
          k: at(step.k),
          v: at(step.v),
          out: at(step.out),
          heads,
          keyValueHeads,
          size: slotOf(step.q, place).width / heads,
          scale,
          softCap: step.softCap ?? 0,
          causal,
          window: step.window ?? 0,
          sequences: rowsOfSequences(place),
        },
      ];
    }
    case 'activate': {
      const elements = rowsOf(step.slot, place) * slotOf(step.slot, place).width;
      const y = step.times === undefined ? undefined : at(step.times);
      return [{ op: 'activate', activation: step.activation, x: at(step.slot), y, elements }];
    }
    case 'add': {
      const elements = rowsOf(step.into, place) * slotOf(step.into, place).width;
      return [{ op: 'add', x: at(step.into), y: at(step.from), elements }];
    }
    case 'pick':
      return [pick(step.in, step.out, place)];
    case 'loss': {
      const rows = batch.pickedRows;
      const targets = tableOf('target', place).address + batch.pickedRow * 4;
      const { first, columns, softCap } = step;
      const state = at(step.state);
      return [{ op: 'loss', logits: at(step.logits), rows, columns, first, softCap: softCap ?? 0, targets, state }];
    }
  }
}

function embed(step: EmbedStep, place: Place): Op {
  const { batch } = place;
  const width = step.table.shape[1] ?? 1;
  const { elements } = weightAt(step.table, place);
  const table = readyAt(step.table, place);
  const tableRows = elements / width;
  const index = tableOf(step.index, place).address + batch.row * 4;
  const out = addressOf(step.out, place);
  return { op: 'gather', table, tableRows, index, out, rows: batch.rows, width, scale: step.scale, add: step.add };
}

/** The table counts rows from the batch's first. */
function pick(from: string, to: string, place: Place): Op {
  const { batch } = place;
  return {
    op: 'gather',
    table: addressOf(from, place),
    tableRows: batch.rows,
    index: tableOf('pick', place).address + batch.pickedRow * 4,
    out: addressOf(to, place),
    rows: batch.pickedRows,
    width: slotOf(from, place).width,
    scale: 1,
    add: false,
  };
}

function rowsOfSequences({ batch, sequences }: Place): { row: number; rows: number }[] {
  let row = 0;
  return sequences.slice(batch.begin, batch.end).map(({ tokens }) => {
    const found = { row, rows: tokens.length };
    row += tokens.length;
    return found;
  });
}

function slotOf(name: string, { program }: Place): Slot {
  const slot = program.slots[name];
  if (slot === undefined) throw new SwizzleError('internal', `the program has no slot ${name}`);
  return slot;
}

/** Rows of a slot in this batch. */
function rowsOf(name: string, place: Place): number {
  return slotOf(name, place).rows === 'tokens' ? place.batch.rows : place.batch.pickedRows;
}

/** The batch's first row of a slot. */
function addressOf(name: string, place: Place): number {
  const { layout, variant, batch } = place;
  const { kept, rows, width } = slotOf(name, place);
  const first = kept ? (rows === 'tokens' ? batch.row : batch.pickedRow) : 0;
  return layout.slot(name, variant) + first * width * 4;
}

function weightAt(weight: Matrix, { stage }: Place): PlacedWeight {
  const placed = stage.weights.get(weightKey(weight));
  if (placed === undefined) throw new SwizzleError('internal', `stage ${stage.name} has no weight ${weight.tensor}`);
  return placed;
}

/** Where a weight of this variant is computed with. */
function readyAt(weight: Matrix, place: Place): number {
  return weightAt(weight, place).ready[place.variant] ?? 0;
}

function tableOf(name: string, { layout }: Place): Table {
  const table = layout.tables.find((one) => one.name === name);
  if (table === undefined) throw new SwizzleError('internal', `the run has no table ${name}`);
  return table;
}
