import type { TaskVectorTerm, TaskVectors } from '../../kernel/elementwise.ts';
import type { Keep } from '../../kernel/statistics.ts';
import type { MergeMethod, MethodCase, ParameterSpec } from '../method.ts';
import { ask, type Work } from '../work.ts';

/** Below this |Σw| mergekit does not divide by it. */
const TINY_SUM = 1e-8;
/** Where one of the norms is below this, nothing is rescaled. */
const TINY_NORM = 1e-7;

/** How one input's difference is thinned out; its parameters are those of the recipe. */
export interface Thinning {
  readonly parameters: readonly ParameterSpec[];
  /** Whether what is kept depends on a seed. */
  readonly random: boolean;
  /** Calls `next` with one Keep an input after the base, after statistics where it needs them. */
  keep(tensor: MethodCase, next: (keeps: readonly Keep[]) => Work): Work;
}

/** What tells one member of the family from another. */
export interface TaskVectorFamily extends Pick<MergeMethod, 'name' | 'title' | 'source' | 'summary'> {
  readonly thinning: Thinning;
  /** Whether only terms count whose sign is the elected one. */
  readonly elect: boolean;
  /** Defaults of the parameters of these names. */
  readonly normalize: boolean;
  readonly rescale: boolean;
}

/**
 * b + λ·Σ w_i·rescale_i·kept(δ_i), with or without election of signs and division by the weights that count: the family of
 * task arithmetic, ties, dare, breadcrumbs and della (arXiv 2212.04089, 2306.01708, 2311.03099, 2312.06795, 2406.11617).
 */
export function taskVectorMethod(family: TaskVectorFamily): MergeMethod {
  const { name, title, source, summary, thinning } = family;
  return {
    name,
    title,
    source,
    summary,
    parameters: [
      { name: 'weight', scope: 'model', type: 'number', default: undefined, help: 'factor of this task vector' },
      ...thinning.parameters,
      {
        name: 'normalize',
        scope: 'recipe',
        type: 'boolean',
        default: family.normalize,
        help: 'divide by the sum of the weights that count',
      },
      {
        name: 'rescale',
        scope: 'recipe',
        type: 'boolean',
        default: family.rescale,
        help: 'scale what is kept to the sum of magnitudes of the whole task vector',
      },
      { name: 'lambda', scope: 'recipe', type: 'number', default: 1, help: 'factor of the merged task vector' },
    ],
    random: thinning.random,
    models: { min: 1, max: Infinity },
    base: 'computes',
    work: (tensor) =>
      thinning.keep(tensor, (keeps) => {
        const thinned = keeps.some(({ kind }) => kind !== 'all' && kind !== 'none');
        if (!thinned || !tensor.parameters['rescale'])
          return sum(
            family,
            tensor,
            keeps,
            keeps.map(() => 1),
          );
        const whole: Keep = { kind: 'all' };
        const targets = keeps.flatMap((keep, i) => [whole, keep].map((one) => ({ input: i + 1, keep: one })));
        return ask({ kind: 'norms', targets }, (norms) => {
          const factors = keeps.map((_, i) => factor(norms[2 * i]?.absolute ?? 0, norms[2 * i + 1]?.absolute ?? 0));
          return sum(family, tensor, keeps, factors);
        });
      }),
  };
}

function factor(whole: number, kept: number): number {
  return whole < TINY_NORM || kept < TINY_NORM ? 1 : whole / kept;
}

function sum(
  { elect }: TaskVectorFamily,
  { inputs, parameters }: MethodCase,
  keeps: readonly Keep[],
  factors: readonly number[],
): TaskVectors {
  const weights = inputs.filter(({ isBase }) => !isBase).map((input) => input.parameters['weight'] ?? 0);
  const terms = keeps.map((keep, i): TaskVectorTerm => {
    const weight = (weights[i] ?? 0) * (factors[i] ?? 1);
    return { input: i + 1, keep, weight, vote: weight, share: weights[i] ?? 0 };
  });
  const lambda = parameters['lambda'] ?? 1;
  const normalize = parameters['normalize'] !== 0;
  if (elect) return { kind: 'task_vectors', terms, elect, divisor: normalize ? 'shares' : 'one', scale: lambda };
  const total = weights.reduce((all, weight) => all + weight, 0);
  const scale = normalize && Math.abs(total) >= TINY_SUM ? lambda / total : lambda;
  return { kind: 'task_vectors', terms, elect, divisor: 'one', scale };
}
