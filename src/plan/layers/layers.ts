/** A tensor name taken apart at its layer number: `model.layers.` 12 `.mlp.up_proj.weight`. */
export interface LayerName {
  readonly prefix: string;
  readonly index: number;
  readonly rest: string;
}

/** The layer that a tensor belongs to: the first number that stands alone in its name (an expert's number comes later). */
export function layerOf(tensor: string): LayerName | undefined {
  const match = /^(.*?\.)(\d+)(\..*)$/.exec(tensor);
  const [, prefix, index, rest] = match ?? [];
  if (prefix === undefined || index === undefined || rest === undefined) return undefined;
  return { prefix, index: Number(index), rest };
}

/** Place of layer `index` among `count`, 0 to 1, as mergekit's gradients take it: a single layer is at 1. */
export function layerPosition(index: number, count: number): number {
  return count > 1 ? Math.min(1, index / (count - 1)) : 1;
}
