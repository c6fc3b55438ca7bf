import type { Op, Phase } from '../ops.ts';
import type { ForwardKernels } from './kernels.ts';
import { partsOf } from './parts.ts';
import type { Team } from './team.ts';

/** Runs phases together with the other threads of the team. */
export function runPhases(phases: readonly Phase[], kernels: ForwardKernels, team: Team, threads: number): void {
  let step = 0;
  /** Takes parts until none is left, then waits for those that others took. */
  const share = (parts: number, run: (part: number) => void): void => {
    for (let part = team.claim(step); part < parts; part = team.claim(step)) run(part);
    team.meet(step);
    step += 1;
  };
  for (const phase of phases) {
    if (phase.kind === 'apart') {
      kernels.useWindow(true);
      share(phase.tasks.length, (task) => runWhole(phase.tasks[task] ?? [], kernels));
      kernels.useWindow(false);
      continue;
    }
    const all = phase.ops.map((op) => partsOf(op, threads));
    if (phase.kind === 'shared') {
      for (const { count, run } of all) share(count, (part) => run(part, kernels));
    } else if (all.length > 0) {
      const parts = all.flatMap(({ count, run }) => Array.from({ length: count }, (_, part) => ({ part, run })));
      share(parts.length, (index) => parts[index]?.run(parts[index].part, kernels));
    }
  }
}

/** All of a task's ops, by this thread alone. */
function runWhole(ops: readonly Op[], kernels: ForwardKernels): void {
  for (const op of ops) {
    const parts = partsOf(op, 1);
    for (let part = 0; part < parts.count; part++) parts.run(part, kernels);
  }
}
