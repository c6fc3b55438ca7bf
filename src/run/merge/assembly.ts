import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';
import type { ModelStore } from '../../models/open/model-store.ts';
import type { ModelAbout } from './merge-about.ts';

/** A model that is put together from the tensors of others before it is written: a mixture of experts. */
export interface Assembly {
  readonly checkpoint: Checkpoint;
  /** What it is made from, by the names in the text; the base model first. */
  readonly parts: Models;
  /** The parts as plan and summary list them. */
  readonly about: readonly ModelAbout[];
  /** That the parts were opened with; stays the caller's. */
  readonly store: ModelStore;
  /** What the model card calls the method. */
  readonly method: { readonly name: string; readonly title: string; readonly source: string };
  /** File of the output that keeps the text, and the text. */
  readonly file: string;
  readonly text: string;
  /** Command that makes the output again. */
  readonly command: string;
  /** Seed of random numbers, to be kept in the text; undefined where there are none. */
  readonly seed: number | undefined;
}
