import type { CheckpointTensor } from '../checkpoint.ts';

/** What an adapter holds for one module of its base: a low-rank product. */
export interface AdapterModule {
  /** Name of the module in memory: `model.layers.0.self_attn.q_proj`. */
  readonly name: string;
  /** How many other parameters of the same module are wrapped outside this one (`target_parameters`); 0 for a plain module. */
  readonly depth: number;
  readonly a?: CheckpointTensor;
  readonly b?: CheckpointTensor;
  /** DoRA's row lengths. */
  readonly magnitude?: CheckpointTensor;
  /** Whether the module is an embedding, whose factors PEFT stores transposed. */
  readonly embedding: boolean;
}

/** An adapter's tensors, sorted by what they do. Keys are tensor names in memory. */
export interface AdapterTensors {
  readonly modules: readonly AdapterModule[];
  /** Tensors of modules that were trained whole (`modules_to_save`), and biases: they replace the module's own. */
  readonly saved: ReadonlyMap<string, CheckpointTensor>;
  /**
   * Copies of base tensors, which PEFT saves when an embedding or head is a LoRA target or the vocabulary has grown. They replace the base
   * tensor before anything else is applied, under every name that it is tied to.
   */
  readonly bases: ReadonlyMap<string, CheckpointTensor>;
}

const PREFIX = /^base_model\.model\./;
/** `lora_A.weight`; in memory and in old files `lora_A.default.weight`; embeddings have no `.weight`. */
const PART =
  /^(.*?)((?:\.base_layer)*)\.lora_(?:(embedding_)?([AB])|(magnitude_vector))(?:\.(?!weight$)[^.]+)?(?:\.weight)?$/;
const WRAPPED = /\.(modules_to_save(?:\.default)?|base_layer|original_module)(?=\.)/g;
/** The copy that a module had before training. */
const BASE_COPY = /\.(base_layer\.weight|original_module\.[^.]+)$/;

/**
 * Sorts the tensors of adapter_model.safetensors by PEFT's names.
 * @param isSaved whether a module is one of `modules_to_save`
 */
export function adapterTensors(
  tensors: Iterable<CheckpointTensor>,
  isSaved: (module: string) => boolean,
): AdapterTensors {
  const modules = new Map<string, { -readonly [Key in keyof AdapterModule]: AdapterModule[Key] }>();
  const saved = new Map<string, CheckpointTensor>();
  const bases = new Map<string, CheckpointTensor>();
  for (const tensor of tensors) {
    const plain = tensor.name.replace(PREFIX, '');
    const [, name, wrappers = '', embedding, side, magnitude] = PART.exec(plain) ?? [];
    if (name === undefined) {
      const own = plain.replace(WRAPPED, '');
      const isTrained = plain.includes('.modules_to_save.') || isSaved(moduleOf(own)) || own.endsWith('.bias');
      (BASE_COPY.test(plain) || !isTrained ? bases : saved).set(own, tensor);
      continue;
    }
    const depth = wrappers.length / '.base_layer'.length;
    const key = `${name}${wrappers}`;
    const module = modules.get(key) ?? { name, depth, embedding: false };
    modules.set(key, module);
    if (magnitude !== undefined) module.magnitude = tensor;
    else if (side === 'A') module.a = tensor;
    else module.b = tensor;
    module.embedding ||= embedding !== undefined;
  }
  return { modules: [...modules.values()], saved, bases };
}

/** The module that a tensor belongs to. */
export function moduleOf(tensor: string): string {
  return tensor.slice(0, Math.max(0, tensor.lastIndexOf('.')));
}
