import type { ConfigReader } from './config.ts';

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
