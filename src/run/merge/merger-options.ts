import type { DeviceChoice } from '../../devices/select.ts';
import type { LaneWishes } from '../execute/lane-settings.ts';
import type { HubOptions } from '../../models/hub/hub-models.ts';
import type { ExpertsWanted } from '../../plan/align/lead-experts.ts';
import type { GgufWanted, GgufWishes } from '../../plan/gguf/gguf-tasks.ts';
import type { PlanOptions } from '../../plan/plan.ts';

/** How merges are made, one or many; what is asked of all of them. Sizes in bytes. */
export interface MergerOptions extends LaneWishes {
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  /** What goes on where a GPU is lost for good. */
  readonly fallback?: 'cpu' | undefined;
  /** Default 5e9, as Hugging Face's. */
  readonly shardBytes?: number | undefined;
  readonly allowMissing?: boolean | undefined;
  /** Write slices that transformers would not load whole, with a warning instead of an error. */
  readonly allowUnloadable?: boolean | undefined;
  /** How experts are written; by default as the base (first) model has them. */
  readonly experts?: ExpertsWanted | undefined;
  /** Reject where an output contains NaN or infinity that no input contains. The output is complete all the same. */
  readonly strict?: boolean | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  /** `gguf`: as `gguf: {}`; `safetensors`: whatever the recipe keeps. */
  readonly format?: 'safetensors' | 'gguf' | undefined;
  /** Write one GGUF file, which llama.cpp loads, instead of a folder for transformers. */
  readonly gguf?: GgufWishes | undefined;
  /** Where models of the recipe are, by the names that it gives them, instead of where those say. */
  readonly places?: ReadonlyMap<string, string> | undefined;
  /** Pin local inputs by every byte, not by headers and samples alone. */
  readonly hashInputs?: boolean | undefined;
  /** Whether lanes begin to start at once; default true. */
  readonly warm?: boolean | undefined;
  /** How to reach the Hub; undefined: models are on this machine only. */
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_SHARD_BYTES = 5e9;

/** @param gguf what is wanted of a GGUF file, with the tokenizer's texts */
export function planOptions(
  { shardBytes, allowMissing, allowUnloadable, experts, onOverflow }: MergerOptions,
  gguf?: GgufWanted,
): PlanOptions {
  return {
    shardBytes: shardBytes ?? DEFAULT_SHARD_BYTES,
    allowMissing,
    allowUnloadable,
    experts,
    gguf,
    onOverflow: onOverflow === 'saturate' ? 'saturate' : 'inf',
  };
}
