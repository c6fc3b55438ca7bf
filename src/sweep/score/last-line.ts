import type { Scores } from '../log/events.ts';
import { checkNesting } from '../../nesting.ts';

/**
 * The JSON object of numbers on the last line that is not empty.
 * @throws Error that says what was found instead
 */
export function scoresInLastLine(output: string): Scores {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const shown = JSON.stringify(line.slice(0, 200));
  let value: unknown;
  try {
    checkNesting(line);
    value = JSON.parse(line);
  } catch {
    throw new Error(`expected a JSON object of numbers on the last line of its output, found ${shown}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected a JSON object of numbers on the last line of its output, found ${shown}`);
  }
  const entries = Object.entries(value);
  const wrong = entries.find(([, number]) => typeof number !== 'number');
  if (wrong) throw new Error(`expected a number for ${JSON.stringify(wrong[0])}, found ${JSON.stringify(wrong[1])}`);
  const infinite = entries.find(([, number]) => !Number.isFinite(number));
  // 1e400 is infinite, which no JSON can keep
  if (infinite) throw new Error(`expected a number that is not infinite for ${JSON.stringify(infinite[0])}`);
  if (entries.length === 0) throw new Error('expected at least one number in the JSON object, found {}');
  return Object.fromEntries(entries.map(([metric, number]) => [metric, Number(number)]));
}
