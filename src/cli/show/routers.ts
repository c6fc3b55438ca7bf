import type { RouterAbout } from '../../commands/moe.ts';
import { counted } from '../../counted.ts';

const MOST_LAYERS = 6;

/** What the routers are made from and, once computed, how similar their rows are. */
export function routerLines({ gateMode, kind, experts, perToken, prompts, tokens, layers }: RouterAbout): string[] {
  const from = prompts === 0 ? '' : ` from ${counted(prompts, 'prompt')} (${counted(tokens, 'token')})`;
  const worst = [...layers].sort((a, b) => b.condition - a.condition).slice(0, MOST_LAYERS);
  return [
    `${kind}: ${counted(experts, 'expert')}, ${perToken} per token; routers by ${gateMode}${from}`,
    ...(experts < 2 || layers.length === 0 ? [] : ['  layer  largest cosine of two experts  condition number']),
    ...(experts < 2 ? [] : worst).map(({ layer, similarity, condition }) => {
      const cosine = Number.isNaN(similarity) ? '-' : similarity.toFixed(4);
      return `  ${String(layer).padStart(5)}  ${cosine.padStart(29)}  ${shown(condition).padStart(16)}`;
    }),
    ...(experts < 2 || layers.length <= worst.length ? [] : [`  and ${layers.length - worst.length} better layers`]),
  ];
}

function shown(condition: number): string {
  return Number.isFinite(condition) && condition < 1e6 ? condition.toFixed(2) : 'infinite';
}

/** The same for `--json`; numbers that JSON has no word for are null. */
export function routersJson({ layers, ...about }: RouterAbout): object {
  const number = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    routers: {
      ...about,
      layers: layers.map(({ layer, similarity, condition }) => {
        return { layer, similarity: number(similarity), condition: number(condition) };
      }),
    },
  };
}
