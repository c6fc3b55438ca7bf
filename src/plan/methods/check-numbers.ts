import type { Work } from './work.ts';

/** Limits that may be infinite: nothing, or everything, is beyond them. */
const LIMITS: ReadonlySet<string> = new Set(['threshold', 'epsilon']);

/**
 * Checks the numbers that a user's own merge method hands over, also those that it computes from answers later.
 * @throws Error that names the parameter and what was found
 */
export function checkNumbers(work: Work, inputs: number): Work {
  if (work.kind === 'ask') return { ...work, next: (answer) => checkNumbers(work.next(answer), inputs) };
  if (work.kind === 'weighted_sum' && work.weights.length !== inputs) {
    throw new Error(`the method gives ${work.weights.length} weights, expected ${inputs}, one for each input`);
  }
  checkValue(work.kind, work);
  return work;
}

function checkValue(path: string, value: unknown): void {
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (typeof value === 'number') {
    if (Number.isNaN(value) || (!Number.isFinite(value) && !LIMITS.has(name))) fail(path, value);
  } else if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    for (const [index, one] of Object.entries(value)) {
      if (one === undefined || one === null) fail(`${path}[${index}]`, one);
      checkValue(`${path}[${index}]`, one);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) checkValue(`${path}.${key}`, one);
  }
}

function fail(path: string, found: unknown): never {
  throw new Error(`the method gives ${path} ${String(found)}, expected a finite number`);
}
