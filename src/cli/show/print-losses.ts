import type { Accuracy } from '../../forward/examples/accuracy.ts';
import type { LossPlan, LossReport } from '../../commands/loss.ts';
import { formatBytes, formatSeconds, formatTable } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../../counted.ts';

/** What would be computed: `--dry-run`. */
export function printLossPlan(terminal: Terminal, { data, examples, models }: LossPlan): void {
  const rows = models.map(({ model, architecture, tokens, predicted, bytesRead, memory }) => {
    return [model, architecture, tokens, predicted, formatBytes(bytesRead), formatBytes(memory)];
  });
  terminal.print([`${data}: ${examples} ${examples === 1 ? 'example' : 'examples'}`, '']);
  terminal.print(formatTable([['model', 'architecture', 'tokens', 'predicted', 'read', 'memory'], ...rows]));
}

/** lm-evaluation-harness's names. */
const METRICS = ['acc', 'acc_norm', 'acc_bytes'] as const;

function accuracyText(choice: Accuracy | undefined, metric: (typeof METRICS)[number]): string {
  if (choice === undefined) return '';
  const error = choice[`${metric}_stderr`];
  return `${choice[metric].toFixed(4)}${error === undefined ? '' : ` ± ${error.toFixed(4)}`}`;
}

/** One row a model, with accuracies of multiple-choice examples and its loss in each group where examples have groups. */
export function printLosses(terminal: Terminal, { models, examples, device, seconds }: LossReport): void {
  const groups = [...new Set(models.flatMap((model) => Object.keys(model.groups)))];
  const hasPerplexity = models.some(({ perplexity }) => perplexity !== undefined);
  const hasChoices = models.some(({ choice }) => choice !== undefined);
  const rows = models.map((model) => [
    model.model,
    model.loss.toFixed(4),
    ...(hasPerplexity ? [model.perplexity?.toPrecision(5) ?? ''] : []),
    ...(hasChoices ? METRICS.map((metric) => accuracyText(model.choice, metric)) : []),
    ...groups.map((group) => model.groups[group]?.toFixed(4) ?? ''),
  ]);
  const head = ['model', 'loss', ...(hasPerplexity ? ['perplexity'] : []), ...(hasChoices ? METRICS : []), ...groups];
  terminal.print(formatTable([head, ...rows]));
  const tokens = models.reduce((sum, model) => sum + model.tokens, 0);
  const rate = `${Math.round(tokens / seconds)} tokens a second`;
  terminal.note(
    `${counted(examples, 'example')}, ${counted(tokens, 'token')} in ${formatSeconds(seconds)} (${rate}), device ${device}`,
  );
}
