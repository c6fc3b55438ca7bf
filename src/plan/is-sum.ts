import type { Plan } from './plan.ts';
import type { TensorTask } from './tasks.ts';

/** Whether every tensor of a plan is a sum whose weights are known before data are read: one read of the inputs tells it. */
export function isSum(plan: Plan): boolean {
  return plan.tasks.every((task) => isSumTask(task, plan));
}

/** Whether a tensor is a sum of stored ones whose weights are known before data are read. */
export function isSumTask({ kernel, inputs }: TensorTask, plan: Pick<Plan, 'inputs'>): boolean {
  const isStored = inputs.every(({ derive, ranges }) => {
    return derive === undefined && ranges.every(({ file }) => plan.inputs[file]?.made === undefined);
  });
  return isStored && ['weighted_sum', 'convert', 'copy'].includes(kernel);
}
