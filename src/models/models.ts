import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { Made } from './checkpoint/made-rows.ts';

/** The checkpoints that a recipe names, by the name that it gives them. */
export type Models = ReadonlyMap<string, Checkpoint>;

/** The input files of a plan: every shard of every model, numbered. */
export interface InputFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Set where there is no such file, and what it would hold is made from the others. */
  readonly made?: Made | undefined;
}

/** Numbers the shards of all models, each path once. */
export function numberFiles(models: Iterable<Pick<Checkpoint, 'shards'>>): {
  files: InputFile[];
  numberOf: (path: string) => number;
} {
  const files: InputFile[] = [];
  const numbers = new Map<string, number>();
  for (const { shards } of models) {
    for (const { path, size, made } of shards) {
      if (numbers.has(path)) continue;
      numbers.set(path, files.length);
      files.push(made === undefined ? { path, size } : { path, size, made });
    }
  }
  return {
    files,
    numberOf(path): number {
      const number = numbers.get(path);
      if (number === undefined) throw new RangeError(`${path} is no input file`);
      return number;
    },
  };
}
