import type { Checkpoint } from '../checkpoint/checkpoint.ts';

/** What earlier documents of a chained recipe have left. */
export interface Results {
  /** By the names that later documents give them. */
  readonly models: ReadonlyMap<string, Checkpoint>;
  /** The models of all documents by the names that stay what they are; every merge adds those of its own. */
  readonly pins: Map<string, string>;
  /** What pins the content of local ones of them, as comments of a recipe. */
  readonly contents: Map<string, string>;
  /** The output that the recipe is kept in, which relative paths are seen from. */
  readonly out: string;
}
