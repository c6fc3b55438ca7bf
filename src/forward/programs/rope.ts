import { SwizzleError } from '../../errors.ts';
import type { Rope } from '../program.ts';
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

export function scaled(
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
