import { isHead } from '../../models/checkpoint/names.ts';
import { isTower, layerOf } from './stacks.ts';
import type { ModelView } from '../match/match-models.ts';

/** Which end of a model a tensor outside its layers belongs to: with the first slice's models, or with the last one's. */
export type Side = 'before' | 'after';

/** A tensor outside the layers that slices take apart. */
export interface OuterTensor {
  readonly name: string;
  readonly side: Side;
  /** For layers beyond the text model's count (multi-token prediction): how far, so that they can be numbered anew. */
  readonly beyond: number | undefined;
}

/** Parts of names that come before the layers; what has none of them is a norm or a head, behind them. */
const BEFORE: ReadonlySet<string> = new Set(
  `wte wpe embd shared position_ids rotary_emb rotary_pos_emb inv_freq relative_pe project_in conv1 conv2
  per_layer_model_projection per_layer_projection_norm altup_projections`.split(/\s+/),
);

/** Names with "embed" in them that stand at the end all the same: heads, and final norms. */
const AFTER = /^(embed_out|embedding_norm|.*unembed.*)$/;

function sideOf(name: string): Side {
  if (isHead(name)) return 'after';
  // towers and what joins them feed the first layer
  if (isTower(name)) return name.startsWith('mtp.') || name.includes('.mtp.') ? 'after' : 'before';
  const before = name.split('.').some((part) => BEFORE.has(part) || (part.includes('embed') && !AFTER.test(part)));
  return before ? 'before' : 'after';
}

/** The tensors of a model that belong to none of the text model's layers, in file order: embeddings, towers, norms, heads. */
export function outerTensors({ checkpoint, stacks }: ModelView): OuterTensor[] {
  const outer: OuterTensor[] = [];
  for (const name of checkpoint.tensors.keys()) {
    const layer = layerOf(name);
    if (layer === undefined || !stacks.text.has(layer.prefix)) {
      outer.push({ name, side: sideOf(name), beyond: undefined });
    } else if (layer.index >= stacks.layers) {
      outer.push({ name, side: 'after', beyond: layer.index - stacks.layers });
    }
  }
  return outer;
}
