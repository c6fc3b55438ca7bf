import type { CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import {
  type ExpertStyle,
  packedExperts,
  packedName,
  type PackedExperts,
  type Projection,
  separateExpert,
  separateName,
} from '../../models/checkpoint/expert-names.ts';
import { joinTensors, sliceTensor } from './tensor-slice.ts';

/** A model's tensors by name, in file order. */
export type Tensors = ReadonlyMap<string, CheckpointTensor>;

/** In which form a model holds its experts; undefined for one that has none in either. */
export type ExpertForm = 'packed' | ExpertStyle;

export function expertForm(tensors: Tensors): ExpertForm | undefined {
  for (const name of tensors.keys()) {
    const separate = separateExpert(name);
    if (separate !== undefined) return separate.style;
    if (packedExperts(name) !== undefined) return 'packed';
  }
  return undefined;
}

/** The same tensors with experts in form `to`. Where something does not fit together, it stays as it is. */
export function withExperts(tensors: Tensors, to: ExpertForm): Tensors {
  if (to === 'packed') return packExperts(tensors);
  const split = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of tensors) {
    const packed = packedExperts(name);
    const parts = packed && splitExperts(tensor, packed, to);
    for (const one of parts ?? [tensor]) split.set(one.name, one);
  }
  return split;
}

/** [experts, rows, columns] to one tensor an expert and projection; undefined where it cannot be cut. */
function splitExperts(
  tensor: CheckpointTensor,
  { prefix, projections }: PackedExperts,
  style: ExpertStyle,
): CheckpointTensor[] | undefined {
  const [experts, rows, columns] = tensor.shape;
  if (experts === undefined || rows === undefined || columns === undefined || tensor.shape.length !== 3)
    return undefined;
  if (rows % projections.length !== 0) return undefined;
  const shape = [rows / projections.length, columns];
  const elements = elementCount(shape);
  const parts: CheckpointTensor[] = [];
  for (let index = 0; index < experts; index++) {
    for (const projection of projections) {
      const name = separateName(prefix, index, projection, style);
      const part = sliceTensor(tensor, { name, shape }, parts.length * elements, elements);
      if (part === undefined) return undefined;
      parts.push(part);
    }
  }
  return parts;
}

/** The tensors of one layer's experts, by projection and expert. */
type Layer = Map<Projection, CheckpointTensor[]>;

function packExperts(tensors: Tensors): Tensors {
  const layers = new Map<string, Layer>();
  for (const [name, tensor] of tensors) {
    const expert = separateExpert(name);
    if (expert === undefined) continue;
    const layer: Layer = layers.get(expert.prefix) ?? new Map<Projection, CheckpointTensor[]>();
    layers.set(expert.prefix, layer);
    const own = layer.get(expert.projection) ?? [];
    layer.set(expert.projection, own);
    own[expert.index] = tensor;
  }
  const packed = new Map<string, CheckpointTensor>();
  const replaced = new Set<CheckpointTensor>();
  for (const [prefix, layer] of layers) {
    for (const projections of [['gate', 'up'], ['down']] as const) {
      const joined = joinLayer({ prefix, projections }, layer);
      if (joined === undefined) continue;
      packed.set(joined.tensor.name, joined.tensor);
      for (const tensor of joined.from) replaced.add(tensor);
    }
  }
  const result = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of tensors) {
    const expert = separateExpert(name);
    if (!replaced.has(tensor) || expert === undefined) result.set(name, tensor);
    else {
      // where the layer's first expert stood
      const own = packedName({
        prefix: expert.prefix,
        projections: expert.projection === 'down' ? ['down'] : ['gate', 'up'],
      });
      const joined = packed.get(own);
      if (joined !== undefined && !result.has(own)) result.set(own, joined);
    }
  }
  return result;
}

/** All experts of a layer behind one another; undefined where one is missing or of another shape. */
function joinLayer(
  experts: PackedExperts,
  layer: Layer,
): { tensor: CheckpointTensor; from: readonly CheckpointTensor[] } | undefined {
  const lists = experts.projections.map((projection) => layer.get(projection) ?? []);
  const count = lists[0]?.length ?? 0;
  const [rows, columns] = lists[0]?.[0]?.shape ?? [];
  if (rows === undefined || columns === undefined || lists.some((list) => list.length !== count)) return undefined;
  const from: CheckpointTensor[] = [];
  for (let index = 0; index < count; index++) {
    for (const list of lists) {
      const tensor = list[index];
      if (tensor === undefined || tensor.shape.join() !== `${rows},${columns}`) return undefined;
      from.push(tensor);
    }
  }
  const form = { name: packedName(experts), shape: [count, rows * lists.length, columns] };
  const tensor = joinTensors(from, form);
  return tensor && { tensor, from };
}
