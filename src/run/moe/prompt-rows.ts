import type { RowsKept } from '../../forward/residual.ts';
import type { RouterRows } from '../../plan/moe/assemble.ts';
import type { GateMode, MoeExpert } from '../../recipe/moe.ts';

/** Every prompt of a config once, and where each expert's are among them. */
export interface PromptList {
  readonly texts: readonly string[];
  /** The experts, then the shared expert if its gate is computed. */
  readonly owners: readonly { readonly positive: readonly number[]; readonly negative: readonly number[] }[];
}

export function listPrompts(experts: readonly MoeExpert[]): PromptList {
  const numbers = new Map<string, number>();
  const add = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const owners = experts.map(({ positive, negative }) => ({
    positive: positive.map(add),
    negative: negative.map(add),
  }));
  return { texts: [...numbers.keys()], owners };
}

/** What of the residual stream each mode uses. */
export const KEPT: Readonly<Record<Exclude<GateMode, 'random' | 'uniform_random'>, RowsKept>> = {
  hidden: 'last',
  hidden_avg: 'mean',
  cheap_embed: 'sum',
};

/**
 * Router rows from the residual stream. hidden, hidden_avg: mean over positive prompts minus mean over negative ones, divided by its
 * length. cheap_embed: sums in place of means, each divided by its length first; the same row in every layer.
 * @param residuals [layer][prompt]; cheap_embed: of layer 0 alone
 * @param experts how many of the owners are experts
 */
export function promptRows(
  mode: keyof typeof KEPT,
  { owners }: PromptList,
  residuals: readonly (readonly Float64Array[])[],
  { experts, layers, hidden }: { readonly experts: number; readonly layers: number; readonly hidden: number },
): RouterRows[] {
  const isEmbed = mode === 'cheap_embed';
  const combine = (found: readonly Float64Array[], prompts: readonly number[]): Float64Array => {
    const sum = new Float64Array(hidden);
    for (const prompt of prompts) found[prompt]?.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
    return isEmbed ? unit(sum) : sum.map((value) => value / prompts.length);
  };
  const rowOf = (
    found: readonly Float64Array[],
    { positive, negative }: PromptList['owners'][number],
  ): Float64Array => {
    const row = combine(found, positive);
    if (negative.length === 0) return unit(row);
    const against = combine(found, negative);
    return unit(row.map((value, i) => value - (against[i] ?? 0)));
  };
  const layerRows = (found: readonly Float64Array[]): RouterRows => {
    const rows = owners.map((owner) => rowOf(found, owner));
    const [gate] = rows.slice(experts);
    const all = new Float32Array(experts * hidden);
    for (const [index, row] of rows.slice(0, experts).entries()) all.set(row, index * hidden);
    return { experts: all, gate: gate && Float32Array.from(gate) };
  };
  if (isEmbed) {
    const row = layerRows(residuals[0] ?? []);
    return Array.from({ length: layers }, () => row);
  }
  return Array.from({ length: layers }, (_, layer) => layerRows(residuals[layer] ?? []));
}

/** At length 1; a row of zeros stays one. */
function unit(row: Float64Array): Float64Array {
  const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return length < 1e-8 ? new Float64Array(row.length) : row.map((value) => value / length);
}
