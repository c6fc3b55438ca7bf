import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { ModelFacts } from '../../models/hub/model-facts.ts';

/** What earlier documents of a chained recipe have left. */
export interface Results {
  /** By the names that later documents give them. */
  readonly models: ReadonlyMap<string, Checkpoint>;
  /** The models of all documents by the names that stay what they are; every merge adds those of its own. */
  readonly pins: Map<string, string>;
  /** What pins the content of local ones of them, as comments of a recipe. */
  readonly contents: Map<string, string>;
  /** What the cards of documents say, by the documents' names; those that are not written have none to be read. */
  readonly facts: Map<string, ModelFacts>;
  /** The output that the recipe is kept in, which relative paths are seen from. */
  readonly out: string;
}

/** What a recipe of one document, or the first of several, begins with. */
export function noResults(out: string): Results & { readonly models: Map<string, Checkpoint> } {
  return { models: new Map(), pins: new Map(), contents: new Map(), facts: new Map(), out };
}
