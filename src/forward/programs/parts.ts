import { SwizzleError } from '../../errors.ts';
import type { Rope, Slot, Stage, Weight } from '../program.ts';
import type { ConfigReader } from './config.ts';

/**
 * Rotary frequencies as config.json has them: `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling`.
 * Types default, linear and llama3.
 * @param size elements of a head
 * @param layers "full_attention" or "sliding_attention" where the parameters are given for each
 * @throws SwizzleError 'checkpoint' for another type
 */
export function ropeOf(config: ConfigReader, size: number, layers?: string): Rope {
  const parameters = config.object('rope_parameters');
  const own = (layers === undefined ? undefined : parameters?.object(layers)) ?? parameters;
  const scaling = own ?? config.object('rope_scaling');
  const theta = own?.optional('rope_theta') ?? config.number('rope_theta', 10_000);
  const share = own?.optional('partial_rotary_factor') ?? config.number('partial_rotary_factor', 1);
  return { frequencies: scaled(plain(theta, Math.floor(size * share)), scaling, config), scale: 1 };
}

/** theta^(-2i / rotary) for each pair. */
export function plain(theta: number, rotary: number): number[] {
  return Array.from({ length: rotary / 2 }, (_, pair) => theta ** (-(2 * pair) / rotary));
}

function scaled(
  frequencies: readonly number[],
  scaling: ConfigReader | undefined,
  config: ConfigReader,
): readonly number[] {
  const type = scaling?.text('rope_type', scaling.text('type', 'default')) ?? 'default';
  if (scaling === undefined || type === 'default') return frequencies;
  if (type === 'linear') return frequencies.map((frequency) => frequency / scaling.number('factor'));
  if (type === 'llama3') return frequencies.map((frequency) => llama3(frequency, scaling));
  throw new SwizzleError(
    'checkpoint',
    `${config.label}: cannot be run: rope type ${JSON.stringify(type)}; those that can: default, linear, llama3`,
  );
}

/** Long waves are stretched by the factor, short ones kept, and those between pass over smoothly. */
function llama3(frequency: number, scaling: ConfigReader): number {
  const factor = scaling.number('factor');
  const low = scaling.number('low_freq_factor');
  const high = scaling.number('high_freq_factor');
  const context = scaling.number('original_max_position_embeddings');
  const wave = (2 * Math.PI) / frequency;
  if (wave > context / low) return frequency / factor;
  if (wave < context / high) return frequency;
  const smooth = (context / wave - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** Tokens that a token of layer `index` sees, itself counted; undefined: all before it. */
export function windowOf(config: ConfigReader, architecture: string, index: number): number | undefined {
  const window = config.optional('sliding_window');
  const types = config.texts('layer_types');
  if (window === undefined) return undefined;
  switch (architecture) {
    case 'mistral':
    case 'phi3':
      return window;
    case 'qwen2':
    case 'qwen3':
      if (!config.flag('use_sliding_window', false)) return undefined;
      if (types !== undefined) return types[index] === 'sliding_attention' ? window : undefined;
      return index >= config.number('max_window_layers', 28) ? window : undefined;
    case 'gemma2':
      return isSliding(types, index, index % 2 === 0) ? window : undefined;
    case 'gemma3_text': {
      const pattern = config.number('sliding_window_pattern', config.number('_sliding_window_pattern', 6));
      return isSliding(types, index, (index + 1) % pattern !== 0) ? window : undefined;
    }
    default:
      return undefined;
  }
}

function isSliding(types: readonly string[] | undefined, index: number, otherwise: boolean): boolean {
  return types === undefined ? otherwise : types[index] === 'sliding_attention';
}

/** Bytes of the head's weights that a stage takes, at two bytes an element; logits of a batch are as wide. */
const HEAD_BYTES = 32 * 2 ** 20;
const LEAST_COLUMNS = 1024;
const MOST_COLUMNS = 4096;

/** The slots that `headStages` uses. */
export function headSlots(hidden: number, vocabulary: number): Record<string, Slot> {
  return {
    final: { width: hidden, rows: 'picked', kept: true },
    logits: { width: columnsAtOnce(hidden, vocabulary), rows: 'picked', kept: false },
    loss: { width: 3, rows: 'picked', kept: true },
  };
}

/** Rows of `final` times the vocabulary, some columns at a time: neither the head nor the logits are ever there whole. */
export function headStages(head: Weight, softCap: number | undefined): Stage[] {
  const [vocabulary = 0, hidden = 0] = head.shape;
  const step = columnsAtOnce(hidden, vocabulary);
  return Array.from({ length: Math.ceil(vocabulary / step) }, (_, index): Stage => {
    const first = index * step;
    const end = Math.min(vocabulary, first + step);
    return {
      name: `head ${first} to ${end}`,
      steps: [
        {
          do: 'linear',
          in: 'final',
          out: 'logits',
          weight: { ...head, rows: [first, end] },
          bias: undefined,
          add: false,
        },
        { do: 'loss', logits: 'logits', state: 'loss', first, columns: end - first, softCap },
      ],
    };
  });
}

function columnsAtOnce(hidden: number, vocabulary: number): number {
  const fitting = Math.floor(HEAD_BYTES / (2 * hidden) / 64) * 64;
  return Math.min(vocabulary, Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, fitting)));
}
