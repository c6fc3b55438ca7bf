import { SwizzleError } from '../../../errors.ts';
import { fileName, type ShardHeader } from '../checkpoint.ts';
import type { WeightMap } from './shard-index.ts';
import { isEmbedding, mayBeTied } from '../tied-names.ts';

/**
 * Checks that every tensor is in the shard where the index places it. A name that no shard holds is no fault where it stands
 * for a matrix that is there under another name (a tied head, a shared embedding): files hold such a matrix once.
 * @param index the index's name, for messages
 * @throws SwizzleError 'checkpoint' naming shard and tensor
 */
export function checkIndex(index: string, weights: WeightMap, shards: readonly ShardHeader[]): void {
  const held = new Map(
    shards.map(({ path, header }) => [fileName(path), new Set(header.tensors.map(({ name }) => name))] as const),
  );
  const paths = new Map(shards.map(({ path }) => [fileName(path), path]));
  const holderOf = (tensor: string): string | undefined => {
    for (const [file, names] of held) if (names.has(tensor)) return file;
    return undefined;
  };
  let embedded: boolean | undefined;
  for (const [tensor, shard] of weights) {
    if (held.get(shard)?.has(tensor) === true) continue;
    const holder = holderOf(tensor);
    embedded ??= shards.some(({ header }) => header.tensors.some(({ name }) => isEmbedding(name)));
    if (holder === undefined && embedded && mayBeTied(tensor)) continue;
    const place = paths.get(shard) ?? shard;
    const found = holder === undefined ? '' : `; it is in ${holder}`;
    throw new SwizzleError(
      'checkpoint',
      `${place}: lacks tensor ${JSON.stringify(tensor)}, which ${index} places there${found}`,
      { details: { tensor } },
    );
  }
}
