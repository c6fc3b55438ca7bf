import type { TaskVectorTerm, TaskVectors } from '../kernel/elementwise.ts';
import type { Keep } from '../kernel/statistics.ts';
import type { MergeMethod, MethodCase } from './method.ts';
import { MAGNITUDE, OUTLIERS, RANDOM, RANKED, type Thinning } from './parts/thinning.ts';
import { ask } from './work.ts';

/** Below this |Σw| mergekit does not divide by it. */
const TINY_SUM = 1e-8;
/** Where one of the norms is below this, nothing is rescaled. */
const TINY_NORM = 1e-7;

/** One row of the table of task-vector methods. */
interface TaskVectorFamily extends Pick<MergeMethod, 'name' | 'title' | 'source' | 'summary'> {
  readonly thinning: Thinning;
  /** Whether only terms count whose sign is the elected one. */
  readonly elect: boolean;
  /** Defaults of the parameters of these names. */
  readonly normalize: boolean;
  readonly rescale: boolean;
}

const FAMILY: readonly TaskVectorFamily[] = [
  {
    // Trim, elect sign and merge (Yadav et al., arXiv 2306.01708).
    name: 'ties',
    title: 'TIES',
    source: 'arXiv 2306.01708',
    summary: 'the largest changes of several fine-tunes, where they agree in sign',
    thinning: MAGNITUDE,
    elect: true,
    normalize: true,
    rescale: false,
  },
  {
    // Drop and rescale (Yu et al., arXiv 2311.03099), then a weighted sum. Rescaled by the sums of magnitudes, as mergekit does.
    name: 'dare_linear',
    title: 'DARE linear',
    source: 'arXiv 2311.03099',
    summary: 'a random share of the changes of several fine-tunes, rescaled',
    thinning: RANDOM,
    elect: false,
    normalize: false,
    rescale: true,
  },
  {
    // Drop and rescale (Yu et al., arXiv 2311.03099), then the sign election of ties.
    name: 'dare_ties',
    title: 'DARE TIES',
    source: 'arXiv 2311.03099',
    summary: 'a random share of the changes, rescaled, where they agree in sign',
    thinning: RANDOM,
    elect: true,
    normalize: false,
    rescale: true,
  },
  {
    // Model Breadcrumbs (Davari and Belilovsky, arXiv 2312.06795): neither the smallest nor the largest changes.
    name: 'breadcrumbs',
    title: 'Model Breadcrumbs',
    source: 'arXiv 2312.06795',
    summary: 'the changes of several fine-tunes without the smallest and the largest',
    thinning: OUTLIERS,
    elect: false,
    normalize: false,
    rescale: false,
  },
  {
    // Model Breadcrumbs (arXiv 2312.06795) with the sign election of ties.
    name: 'breadcrumbs_ties',
    title: 'Model Breadcrumbs with TIES',
    source: 'arXiv 2312.06795',
    summary: 'breadcrumbs, where the changes agree in sign',
    thinning: OUTLIERS,
    elect: true,
    normalize: false,
    rescale: false,
  },
  {
    // Drop by magnitude, elect and fuse (Deep et al., arXiv 2406.11617).
    name: 'della',
    title: 'DELLA',
    source: 'arXiv 2406.11617',
    summary: 'a random share of the changes, larger ones likelier, where they agree in sign',
    thinning: RANKED,
    elect: true,
    normalize: true,
    rescale: true,
  },
  {
    // The random choice of DELLA (Deep et al., arXiv 2406.11617), then a weighted sum.
    name: 'della_linear',
    title: 'DELLA linear',
    source: 'arXiv 2406.11617',
    summary: 'a random share of the changes, larger ones likelier, rescaled',
    thinning: RANKED,
    elect: false,
    normalize: false,
    rescale: true,
  },
];

/** The methods that thin task vectors out and add them to the base model. A new one is a row of `FAMILY`. */
export const TASK_VECTOR_METHODS: readonly MergeMethod[] = FAMILY.map(taskVectorMethod);

/**
 * b + λ·Σ w_i·rescale_i·kept(δ_i), with or without election of signs and division by the weights that count: the family of
 * task arithmetic, ties, dare, breadcrumbs and della (arXiv 2212.04089, 2306.01708, 2311.03099, 2312.06795, 2406.11617).
 */
function taskVectorMethod(family: TaskVectorFamily): MergeMethod {
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
      thinning.keep(
        tensor,
        (keeps) => {
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
        },
        tensor.parameters['rescale'] ? ['norms'] : [],
      ),
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
