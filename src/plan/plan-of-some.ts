import type { OverflowMode } from './chunks/chunk.ts';
import { layOut } from './layout.ts';
import { totalsOf, workOf } from './plan-parts.ts';
import type { Plan } from './plan.ts';

/** Where a tensor of each variant goes when some of them are made alone: byte `begin` of that variant's own file. */
export type OwnPlaces = ReadonlyMap<string, readonly number[]>;

/** The work that makes those tensors of all variants, each variant's into a file of its own: file number v is variant v's. */
export function workOfSome(plan: Plan, places: OwnPlaces): Pick<Plan, 'spans' | 'jobs' | 'matrices'> {
  const placed = plan.tasks.flatMap((task) => {
    const own = places.get(task.name);
    return own === undefined ? [] : [{ task, places: own.map((begin, shard) => ({ shard, begin })) }];
  });
  return workOf(placed, overflowOf(plan));
}

function overflowOf({ spans, jobs, matrices }: Pick<Plan, 'spans' | 'jobs' | 'matrices'>): OverflowMode {
  return spans[0]?.onOverflow ?? jobs[0]?.onOverflow ?? matrices[0]?.onOverflow ?? 'inf';
}

/** A plan of one output that makes some of its tensors alone, into a single file, as the whole plan would. */
export function planOfSome(plan: Plan, names: ReadonlySet<string>): Plan {
  const [variant, ...more] = plan.variants;
  if (variant === undefined || more.length > 0) throw new RangeError('only a plan of one output can be cut down');
  const tasks = plan.tasks.filter(({ name }) => names.has(name));
  const { shards, places } = layOut(
    tasks.map(({ name, shape, outputs }) => ({ name, shape, dtype: outputs[0]?.dtype ?? 'F32' })),
    Infinity,
  );
  const placed = tasks.map((task, index) => ({ task, places: [places[index] ?? { shard: 0, begin: 0 }] }));
  return {
    ...plan,
    variants: [{ shards, firstFile: 0, texts: [] }],
    ...workOf(placed, overflowOf(plan)),
    tasks,
    ...totalsOf(tasks, shards),
  };
}
