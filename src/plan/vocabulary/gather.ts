import { appendRange, type ByteRange, cutRanges } from '../../elements/byte-range.ts';
import { type Checkpoint, type CheckpointTensor, rangesOf, type Shard } from '../../models/checkpoint/checkpoint.ts';
import type { MadeRow, MadeRows, RowRun } from '../../models/checkpoint/made-rows.ts';
import { byteLength, DTYPES, type Dtype, type FloatDtype, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ModelRow, RowChoice } from './choose-rows.ts';

/** A tensor and the model that it is of. */
export interface TensorOf {
  readonly checkpoint: Checkpoint;
  readonly tensor: CheckpointTensor;
}

/** A tensor whose rows come from several places, and the files that they are in. */
export interface Gathered {
  readonly tensor: CheckpointTensor;
  /** What `tensor.parts` number: the model's own shards, then others'. */
  readonly shards: readonly Shard[];
}

/**
 * `target` with the rows that `choices` says, as ranges of the files that hold them. Rows that no file holds in the operand's
 * dtype (means, zeros, another model's in another dtype) are read from one more file that is made in memory.
 * @param tensorOf the tensor of the same name in another model; undefined: that model has none
 */
export function gatherRows(
  target: TensorOf,
  choices: readonly RowChoice[],
  tensorOf: (model: string) => TensorOf | undefined,
): Gathered {
  refuseDerived(target);
  const found = new Map<string, TensorOf | undefined>();
  const sourceOf = ({ model }: ModelRow): TensorOf => {
    if (!found.has(model)) found.set(model, tensorOf(model));
    const source = found.get(model);
    if (source === undefined)
      throw new SwizzleError('mismatch', `${target.tensor.name}: missing in ${model}`, {
        details: { tensor: target.tensor.name, model },
      });
    refuseDerived(source);
    return source;
  };
  const gatherer = new Gatherer(target, operandDtype(target.tensor.dtype, choices, sourceOf), sourceOf);
  return gatherer.gather(choices);
}

/** Rows of a tensor that a lane derives whole cannot be taken from its files. @throws SwizzleError 'mismatch' */
function refuseDerived({ checkpoint, tensor }: TensorOf): void {
  if (tensor.stored?.encoding === undefined) return;
  const why = tensor.stored.encoding.kind === 'low_rank' ? 'has an adapter over it' : 'is quantized';
  const message = `${tensor.name} of ${checkpoint.label} ${why}: its rows cannot be moved or cropped; write that model anew first`;
  throw new SwizzleError('mismatch', message, { details: { tensor: tensor.name } });
}

/** The model's own dtype where all its rows have that; else one that holds all of them. */
function operandDtype(own: Dtype, choices: readonly RowChoice[], sourceOf: (row: ModelRow) => TensorOf): FloatDtype {
  const stored = new Set<Dtype>([own]);
  const asked = new Set<string>();
  for (const choice of choices) {
    for (const row of choice === 'pad' ? [] : choice) {
      if (asked.has(row.model)) continue;
      asked.add(row.model);
      stored.add(sourceOf(row).tensor.dtype);
    }
  }
  const made = choices.some((choice) => choice === 'pad' || choice.length > 1);
  const small = own === 'F8_E4M3' || own === 'F8_E5M2';
  if (stored.size === 1 && isFloat(own) && !(made && small)) return own;
  return stored.has('F64') ? 'F64' : 'F32';
}

class Gatherer {
  readonly #target: TensorOf;
  readonly #dtype: FloatDtype;
  readonly #sourceOf: (row: ModelRow) => TensorOf;
  readonly #rowElements: number;
  readonly #shards: Shard[];
  readonly #numbers = new Map<string, number>();
  readonly #ranges: ByteRange[] = [];
  readonly #made: MadeRow[] = [];
  readonly #places = new Map<RowChoice, number>();

  constructor(target: TensorOf, dtype: FloatDtype, sourceOf: (row: ModelRow) => TensorOf) {
    this.#target = target;
    this.#dtype = dtype;
    this.#sourceOf = sourceOf;
    this.#rowElements = target.tensor.shape[1] ?? 1;
    this.#shards = [...target.checkpoint.shards];
    for (const [number, { path }] of this.#shards.entries()) this.#numbers.set(path, number);
  }

  gather(choices: readonly RowChoice[]): Gathered {
    const { checkpoint, tensor } = this.#target;
    const path = `made:${checkpoint.label}/${tensor.name}`;
    const rowBytes = byteLength(this.#dtype, this.#rowElements);
    for (let at = 0, rows = 1; at < choices.length; at += rows) {
      const choice = choices[at] ?? 'pad';
      const stored = this.#storedRow(choice);
      // vocabularies are alike for thousands of rows
      rows = stored === undefined ? 1 : followingRows(choices, at, stored);
      if (stored === undefined) {
        const begin = this.#madeRow(choice, choices) * rowBytes;
        appendRange(this.#ranges, { file: this.#number({ path, size: 0 }), begin, end: begin + rowBytes });
      } else {
        for (const { shard, begin, end } of this.#locate(stored, rows))
          appendRange(this.#ranges, { file: this.#number(shard), begin, end });
      }
    }
    if (this.#made.length > 0) {
      const made: MadeRows = { kind: 'rows', dtype: this.#dtype, rowElements: this.#rowElements, rows: this.#made };
      this.#shards[this.#number({ path, size: 0 })] = { path, size: this.#made.length * rowBytes, made };
    }
    const [first = { file: 0, begin: 0, end: 0 }] = this.#ranges;
    const shape = [choices.length, ...tensor.shape.slice(1)];
    const stored = this.#dtype === tensor.dtype ? {} : { stored: { dtype: this.#dtype } };
    const gathered = { name: tensor.name, dtype: tensor.dtype, shape, ...first, ranges: this.#ranges, ...stored };
    return { tensor: gathered, shards: this.#shards };
  }

  /** The row that a choice takes as it is stored. */
  #storedRow(choice: RowChoice): ModelRow | undefined {
    const [row, ...more] = choice === 'pad' ? [] : choice;
    const isStored = row !== undefined && more.length === 0 && this.#sourceOf(row).tensor.dtype === this.#dtype;
    return isStored ? row : undefined;
  }

  /** Which made row a choice is; the same choice is made once. */
  #madeRow(choice: RowChoice, all: readonly RowChoice[]): number {
    const known = this.#places.get(choice);
    if (known !== undefined) return known;
    this.#places.set(choice, this.#made.length);
    return this.#made.push(choice === 'pad' ? this.#mean(all) : this.#runs(choice, 1 / choice.length)) - 1;
  }

  /** The mean of all rows that are there. */
  #mean(all: readonly RowChoice[]): MadeRow {
    const there = all.filter((choice) => choice !== 'pad');
    const runs: RowRun[] = [];
    for (const choice of there) {
      for (const run of this.#runs(choice, 1 / (choice.length * there.length))) {
        const last = runs.at(-1);
        const { rows = 0, begin = 0 } = last ?? {};
        const joins =
          last?.path === run.path &&
          last.weight === run.weight &&
          begin + rows * byteLength(last.dtype, this.#rowElements) === run.begin;
        if (last && joins) runs[runs.length - 1] = { ...last, rows: rows + 1 };
        else runs.push(run);
      }
    }
    return runs;
  }

  #runs(rows: readonly ModelRow[], weight: number): RowRun[] {
    return rows.map((row) => {
      const [place, ...more] = this.#locate(row);
      const { dtype } = this.#sourceOf(row).tensor;
      if (place === undefined || more.length > 0) {
        throw new SwizzleError(
          'mismatch',
          `${this.#target.tensor.name}: row ${row.row} of ${row.model} is not in one piece`,
        );
      }
      return { path: place.shard.path, begin: place.begin, dtype, rows: 1, weight };
    });
  }

  /** The bytes of rows that follow each other. */
  #locate(row: ModelRow, rows = 1): { readonly shard: Shard; readonly begin: number; readonly end: number }[] {
    const { checkpoint, tensor } = this.#sourceOf(row);
    const bytes = DTYPES[tensor.dtype].bytes * this.#rowElements;
    return cutRanges(rangesOf(tensor), row.row * bytes, (row.row + rows) * bytes).map(({ file, begin, end }) => {
      return { shard: checkpoint.shards[file] ?? { path: '', size: 0 }, begin, end };
    });
  }

  #number(shard: Shard): number {
    const known = this.#numbers.get(shard.path);
    if (known !== undefined) return known;
    this.#numbers.set(shard.path, this.#shards.length);
    return this.#shards.push(shard) - 1;
  }
}

/** How many choices from `at` on, where `first` is chosen, take rows of one model that follow each other. */
function followingRows(choices: readonly RowChoice[], at: number, first: ModelRow): number {
  let rows = 1;
  for (; at + rows < choices.length; rows++) {
    const choice = choices[at + rows];
    if (choice === undefined || choice === 'pad' || choice.length !== 1) break;
    const [next] = choice;
    if (next?.model !== first.model || next.row !== first.row + rows) break;
  }
  return rows;
}
