import type { CocktailWeights } from '../../commands/cocktail.ts';
import { formatSeconds, formatTable } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Model, loss and weight, then the recipe. */
export function printCocktail(terminal: Terminal, { losses, weights, recipe }: CocktailWeights): void {
  const rows = losses.models.map(({ model, batchLoss }, index) => [
    model,
    batchLoss.toFixed(4),
    (weights[index] ?? 0).toFixed(4),
  ]);
  const { examples, seconds, device } = losses;
  terminal.print([...formatTable([['model', 'loss', 'weight'], ...rows]), '']);
  terminal.printText(`${recipe.trimEnd()}\n`);
  const count = `${examples} ${examples === 1 ? 'example' : 'examples'}`;
  terminal.note(`losses on ${count} in ${formatSeconds(seconds)}, device ${device}`);
}
