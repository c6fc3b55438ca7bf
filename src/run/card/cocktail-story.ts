/** How a cocktail's weights came about. */
export interface CocktailFacts {
  readonly temperature: number;
  readonly target: string | undefined;
  readonly examples: { readonly file: string; readonly count: number; readonly hash: string };
  readonly models: readonly { readonly name: string; readonly loss: number; readonly weight: number }[];
}

/** A section of the model card. It tells of the examples, not their text. Pure. */
export function cocktailStory({ temperature, target, examples, models }: CocktailFacts): string {
  const { file, count, hash } = examples;
  const rule =
    target === undefined
      ? `w = softmax(-loss / ${temperature})`
      : `\`${target}\` keeps its share, the others divide the rest by softmax(-loss / ${temperature})`;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = models.map(({ name, loss, weight }) => {
    return line([`\`${name.replaceAll('|', '\\|')}\``, loss.toFixed(6), weight.toFixed(6)]);
  });
  return [
    '## How the weights were found',
    `${rule} (LM-Cocktail, [arXiv 2311.13534](https://arxiv.org/abs/2311.13534)), with the loss of each model on ` +
      `${count} ${count === 1 ? 'example' : 'examples'} (\`${file}\`, SHA-256 \`${hash}\`):`,
    [line(['model', 'loss', 'weight']), line(['---', '---', '---']), ...rows].join('\n'),
  ].join('\n\n');
}
