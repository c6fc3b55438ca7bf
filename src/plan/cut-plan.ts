import type { Chunk, OverflowMode } from './chunks/chunk.ts';
import { layOut } from './layout.ts';
import { totalsOf, workOf } from './plan-parts.ts';
import type { Plan } from './plan.ts';

/**
 * The part of a plan of one output that makes some of its files: shards [begin, end). Nothing else depends on them, so that
 * parts can be made anywhere. Texts are left out: they belong to the whole.
 */
export function partOfPlan(plan: Plan, begin: number, end: number): Plan {
  const [variant, ...more] = plan.variants;
  if (variant === undefined || more.length > 0) throw new RangeError('only a plan of one output has parts');
  const shards = variant.shards.slice(begin, end);
  const isIn = (file: number | undefined): boolean => file !== undefined && file >= begin && file < end;
  const spans = plan.spans
    .filter(({ outputs }) => isIn(outputs[0]?.file))
    .map((span): Chunk => {
      return { ...span, outputs: span.outputs.map((output) => ({ ...output, file: output.file - begin })) };
    });
  const jobs = plan.jobs
    .filter(({ places }) => isIn(places[0]?.shard))
    .map((job) => ({ ...job, places: job.places.map((place) => ({ ...place, shard: place.shard - begin })) }));
  const matrices = plan.matrices
    .filter(({ places }) => isIn(places[0]?.shard))
    .map((job) => ({ ...job, places: job.places.map((place) => ({ ...place, shard: place.shard - begin })) }));
  const names = new Set([
    ...spans.flatMap(({ tensors }) => tensors.map(({ name }) => name)),
    ...[...jobs, ...matrices].map(({ task }) => task.name),
  ]);
  const tasks = plan.tasks.filter(({ name }) => names.has(name));
  return {
    ...plan,
    variants: [{ shards, firstFile: 0, texts: [] }],
    spans,
    jobs,
    matrices,
    tasks,
    ...totalsOf(tasks, shards),
  };
}

/** Files [begin, end) of part number `index` of `count`, so that all parts take about the same bytes. */
export function shareOfShards(sizes: readonly number[], index: number, count: number): [begin: number, end: number] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const before: number[] = [];
  let sum = 0;
  for (const size of sizes) {
    // a file belongs to the part that its middle falls into
    before.push(Math.min(count - 1, Math.floor((count * (sum + size / 2)) / total)));
    sum += size;
  }
  const at = (part: number): number => {
    const found = before.findIndex((own) => own >= part);
    return found === -1 ? sizes.length : found;
  };
  return [at(index), at(index + 1)];
}

/** Where a tensor of each variant goes when some of them are made alone: byte `begin` of that variant's own file. */
type OwnPlaces = ReadonlyMap<string, readonly number[]>;

/** The work that makes those tensors of all variants, each variant's into a file of its own: file number v is variant v's. */
export function workOfSome(plan: Plan, places: OwnPlaces): Pick<Plan, 'spans' | 'jobs' | 'matrices'> {
  const placed = plan.tasks.flatMap((task) => {
    const own = places.get(task.name);
    return own === undefined ? [] : [{ task, places: own.map((begin, shard) => ({ shard, begin })) }];
  });
  return workOf(placed, overflowOf(plan), plan.tasks);
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
    ...workOf(placed, overflowOf(plan), plan.tasks),
    tasks,
    ...totalsOf(tasks, shards),
  };
}
