import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import { type InputFile, numberFiles } from '../../models/models.ts';
import type { ResourceStack } from '../../resource-stack.ts';
import type { PairSources } from './difference-memory.ts';

/** Opens the files of both models, each once, for as long as `stack` lives. */
export async function openPair(
  base: Checkpoint,
  model: Checkpoint,
  open: (file: InputFile) => Promise<OpenSource>,
  stack: ResourceStack,
): Promise<PairSources> {
  const { files, numberOf } = numberFiles([base, model]);
  const opened: OpenSource[] = [];
  for (const file of files) opened.push(stack.use(await open(file)));
  const sourceOf =
    ({ label, shards }: Checkpoint) =>
    (shard: number): OpenSource => {
      const source = opened[numberOf(shards[shard]?.path ?? '')];
      if (source === undefined) throw new SwizzleError('internal', `${label}: file ${shard} was not opened`);
      return source;
    };
  return { base: sourceOf(base), model: sourceOf(model) };
}
