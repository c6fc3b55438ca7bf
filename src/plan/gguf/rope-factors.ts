import type { GgufConfig } from './gguf-config.ts';

/**
 * Factors that llama.cpp divides the frequencies of the rotation by: Llama 3.1's scaling, which transformers computes from
 * config.json (modeling_rope_utils), as `rope_freqs.weight`. Undefined for every other rotation.
 */
export function ropeFactors(config: GgufConfig): Float32Array | undefined {
  const { theta = 1e4, type, settings } = config.rope;
  if (type !== 'llama3') return undefined;
  const number = (key: string, otherwise: number): number => {
    const value = settings[key];
    return typeof value === 'number' ? value : otherwise;
  };
  const [factor, low, high] = [number('factor', 8), number('low_freq_factor', 1), number('high_freq_factor', 4)];
  const context = number('original_max_position_embeddings', 8192);
  const size = config.headSize;
  return Float32Array.from({ length: size / 2 }, (_, index) => {
    const frequency = Math.fround(1 / Math.fround(theta ** Math.fround((2 * index) / size)));
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < context / high) return 1;
    if (wavelength > context / low) return factor;
    const smooth = (context / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}
