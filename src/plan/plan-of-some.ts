import { layOut } from './layout.ts';
import { totalsOf, workOf } from './plan-parts.ts';
import type { Plan } from './plan.ts';

/** A plan of one output that makes some of its tensors alone, into a single file, as the whole plan would. */
export function planOfSome(plan: Plan, names: ReadonlySet<string>): Plan {
  const [variant, ...more] = plan.variants;
  if (variant === undefined || more.length > 0) throw new RangeError('only a plan of one output can be cut down');
  const tasks = plan.tasks.filter(({ name }) => names.has(name));
  const onOverflow = plan.spans[0]?.onOverflow ?? plan.jobs[0]?.onOverflow ?? 'inf';
  const { shards, places } = layOut(
    tasks.map(({ name, shape, outputs }) => ({ name, shape, dtype: outputs[0]?.dtype ?? 'F32' })),
    Infinity,
  );
  const placed = tasks.map((task, index) => ({ task, places: [places[index] ?? { shard: 0, begin: 0 }] }));
  return {
    ...plan,
    variants: [{ shards, firstFile: 0, texts: [] }],
    ...workOf(placed, onOverflow),
    tasks,
    ...totalsOf(tasks, shards),
  };
}
