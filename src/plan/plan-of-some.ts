import { joinSpans } from './chunks/spans.ts';
import { layOut } from './layout.ts';
import { operandBytes } from './operand.ts';
import { countPasses } from './passes/count-passes.ts';
import type { Job } from './passes/job.ts';
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
    spans: joinSpans(
      placed.filter(({ task }) => task.kernel !== 'elementwise'),
      onOverflow,
    ),
    jobs: placed
      .filter(({ task }) => task.kernel === 'elementwise' && task.elements > 0)
      .map((one): Job => ({ ...one, onOverflow })),
    tasks,
    bytesRead: tasks.reduce((sum, task) => sum + countPasses(task) * operandBytes(task.inputs), 0),
    bytesWritten: shards.reduce((sum, { size }) => sum + size, 0),
    parameters: tasks.reduce((sum, { elements }) => sum + elements, 0),
  };
}
