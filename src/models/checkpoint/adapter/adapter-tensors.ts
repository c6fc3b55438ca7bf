import type { CheckpointTensor } from '../checkpoint.ts';

/** What an adapter has for one module of its base. */
export interface AdapterModule {
  /** The module's name in the base: `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  readonly a?: CheckpointTensor;
  readonly b?: CheckpointTensor;
  /** DoRA's lengths of rows. */
  readonly magnitude?: CheckpointTensor;
  /** Whether it is an embedding's, which PEFT stores transposed. */
  readonly embedding: boolean;
}

/** An adapter's tensors by what they do. */
export interface AdapterTensors {
  readonly modules: readonly AdapterModule[];
  /** Tensors that take the place of the base's, by its names: modules_to_save, biases. */
  readonly replaced: ReadonlyMap<string, CheckpointTensor>;
}

const PREFIX = /^base_model\.model\./;
/** `lora_A.weight`; in memory and in old files `lora_A.default.weight`; embeddings have no `.weight`. */
const PART = /^(.*)\.lora_(?:(embedding_)?([AB])|(magnitude_vector))(?:\.(?!weight$)[^.]+)?(?:\.weight)?$/;
const SAVED = /\.(modules_to_save(\.(?!weight$|bias$)[^.]+)?|base_layer|original_module)(?=\.)/;

/** Sorts the tensors of adapter_model.safetensors by PEFT's names. */
export function adapterTensors(tensors: Iterable<CheckpointTensor>): AdapterTensors {
  const modules = new Map<string, { -readonly [Key in keyof AdapterModule]: AdapterModule[Key] }>();
  const replaced = new Map<string, CheckpointTensor>();
  for (const tensor of tensors) {
    const plain = tensor.name.replace(PREFIX, '');
    const [, name, embedding, side, magnitude] = PART.exec(plain) ?? [];
    if (name === undefined) {
      replaced.set(plain.replace(SAVED, ''), tensor);
      continue;
    }
    const module = modules.get(name) ?? { name, embedding: false };
    modules.set(name, module);
    if (magnitude !== undefined) module.magnitude = tensor;
    else if (side === 'A') module.a = tensor;
    else module.b = tensor;
    module.embedding ||= embedding !== undefined;
  }
  return { modules: [...modules.values()], replaced };
}
