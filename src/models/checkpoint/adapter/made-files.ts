import { byteLength } from '../../../dtype.ts';
import { type CheckpointTensor, rangesOf, type Shard } from '../checkpoint.ts';
import { elementCount } from '../header/header.ts';
import type { MadeColumnFactors, MadeFactors, StoredMatrix } from '../made-rows.ts';

/** Files of a base and of an adapter, and those that are made from them. */
export class MadeFiles {
  readonly #shards: Shard[];

  constructor(shards: readonly Shard[]) {
    this.#shards = [...shards];
  }

  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** A matrix as the maker of a file reads it; a vector is one row. */
  matrix(tensor: CheckpointTensor): StoredMatrix {
    const [columns = 0, ...before] = [...tensor.shape].reverse();
    const ranges = rangesOf(tensor).map(({ file, begin, end }) => {
      return { file: this.#shards[file]?.path ?? '', begin, end };
    });
    return { dtype: tensor.stored?.dtype ?? tensor.dtype, rows: elementCount(before), columns, ranges };
  }

  /** The tensors of a made file, one behind another, in f32. */
  add(
    name: string,
    shapes: readonly (readonly number[])[],
    made: MadeFactors | MadeColumnFactors,
  ): readonly CheckpointTensor[] {
    const file = this.#shards.length;
    let end = 0;
    const tensors = shapes.map((shape): CheckpointTensor => {
      const begin = end;
      end += byteLength('F32', elementCount(shape));
      return { name, dtype: 'F32', shape, file, begin, end };
    });
    // what a file is made from tells it from others of the same name
    const from = [...made.weight.ranges, ...made.a.ranges].map((range) => `${range.file}:${range.begin}`).join();
    this.#shards.push({ path: `made:${made.kind}/${name}/${from}`, size: end, made });
    return tensors;
  }
}
