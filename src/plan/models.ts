import type { Checkpoint } from '../checkpoint/checkpoint.ts';

/** The checkpoints that a recipe names, by the name that it gives them. */
export type Models = ReadonlyMap<string, Checkpoint>;

/** The input files of a plan: every shard of every model, numbered. */
export interface InputFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Numbers the shards of all models, each path once. */
export function numberFiles(models: Iterable<Checkpoint>): { files: InputFile[]; numberOf: (path: string) => number } {
  const files: InputFile[] = [];
  const numbers = new Map<string, number>();
  for (const { shards } of models) {
    for (const { path, size } of shards) {
      if (numbers.has(path)) continue;
      numbers.set(path, files.length);
      files.push({ path, size });
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
