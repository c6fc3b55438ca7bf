import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { openLocalSource } from '../../models/checkpoint/files/local-source.ts';
import type { Scores } from '../log/events.ts';
import { axis } from '../../plan/methods/parts/gram.ts';
import { distances } from './distances.ts';
import type { OpenFile } from './gram.ts';
import { measuredTasks, prepare } from './gram-tasks.ts';

/** Distances of a merge on disk to references; rounding to the output dtype is in them. */
export async function measuredDistances(
  folder: string,
  references: readonly Checkpoint[],
  labels: readonly string[],
  signal: AbortSignal,
  open: OpenFile = ({ path }) => openLocalSource(path),
): Promise<Scores> {
  const merged = await readLocalCheckpoint(folder, signal);
  const tensors = await prepare(measuredTasks(merged, references), open, signal);
  const combined = tensors.map(({ name, gram, references: versions }) => {
    // the merge is the first version of itself
    return { name, gram, references: versions, coefficients: axis(gram.size, 0, 1) };
  });
  return distances(combined, labels);
}
