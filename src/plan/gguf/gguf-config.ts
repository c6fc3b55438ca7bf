import { type Architecture, ARCHITECTURES } from '../../models/checkpoint/gguf/names.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { unwritable } from './gguf-tasks.ts';

/** config.json of a model that GGUF has a form for. */
export class GgufConfig {
  readonly architecture: Architecture;
  readonly #root: Readonly<Record<string, unknown>>;

  /** @throws SwizzleError 'checkpoint' for a model of another architecture */
  constructor(text: string | undefined) {
    this.#root = parseConfig(text) ?? {};
    const named = this.#root['architectures'];
    const said: unknown = Array.isArray(named) ? named[0] : undefined;
    const found = ARCHITECTURES.find(({ transformers }) => transformers === said);
    if (found === undefined) {
      const known = ARCHITECTURES.map(({ transformers }) => transformers).join(', ');
      throw unwritable(`config.json says architecture ${JSON.stringify(said)}, known are ${known}`);
    }
    this.architecture = found;
  }

  number(key: string): number | undefined {
    const value = this.#root[key];
    return typeof value === 'number' ? value : undefined;
  }

  /** A number that the model cannot be without. */
  needed(key: string): number {
    const value = this.number(key);
    if (value === undefined) throw unwritable(`config.json has no number ${key}`);
    return value;
  }

  get heads(): number {
    return this.needed('num_attention_heads');
  }

  get keyHeads(): number {
    return this.number('num_key_value_heads') ?? this.heads;
  }

  get headSize(): number {
    return this.number('head_dim') ?? this.needed('hidden_size') / this.heads;
  }

  /** Whether the head is the embedding, so that a tensor of its own is none of the model's. */
  get isTied(): boolean {
    const said = this.#root['tie_word_embeddings'];
    return typeof said === 'boolean' ? said : this.architecture.normPlusOne;
  }

  /** The rotation: `rope_parameters` of transformers 5, else `rope_scaling` and `rope_theta` of 4. */
  get rope(): {
    readonly theta: number | undefined;
    readonly type: string;
    readonly settings: Record<string, unknown>;
  } {
    const found = this.#root['rope_parameters'] ?? this.#root['rope_scaling'];
    const all = isRecord(found) ? found : {};
    // a rotation for layers that see everything, another for those with a window
    const full = all['full_attention'];
    const settings = isRecord(full) ? full : all;
    const type = settings['rope_type'] ?? settings['type'];
    const theta = settings['rope_theta'];
    return {
      theta: typeof theta === 'number' ? theta : this.number('rope_theta'),
      type: typeof type === 'string' ? type : 'default',
      settings,
    };
  }
}
