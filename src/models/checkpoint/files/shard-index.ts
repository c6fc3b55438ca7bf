import { messageOf, SwizzleError } from '../../../errors.ts';
import { fileName, type ShardHeader } from '../checkpoint.ts';
import { isEmbedding, mayBeTied } from '../names.ts';

/** model.safetensors.index.json: which shard holds which tensor. */
export type WeightMap = ReadonlyMap<string, string>;

/**
 * Parses an index. Shard names are plain file names: anything that could lead out of the folder is refused.
 * @throws SwizzleError 'checkpoint'
 */
export function parseShardIndex(file: string, text: string): WeightMap {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new SwizzleError('checkpoint', `${file}: is not JSON (${messageOf(cause)})`, { cause, details: { file } });
  }
  const map = typeof root === 'object' && root !== null && 'weight_map' in root ? root.weight_map : undefined;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new SwizzleError('checkpoint', `${file}: has no weight_map object`, { details: { file } });
  }
  const weights = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !isPlainName(shard)) {
      const found = JSON.stringify(shard);
      throw new SwizzleError(
        'checkpoint',
        `${file}: tensor ${JSON.stringify(tensor)} is in ${found}, expected a file name in the same folder`,
        {
          details: { file, tensor },
        },
      );
    }
    weights.set(tensor, shard);
  }
  return weights;
}

function isPlainName(name: string): boolean {
  // a drive of Windows leads out of the folder too
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]|^[A-Za-z]:/.test(name);
}

/** The text of an index over shards that were just written. `totalBytes` counts tensor data alone. */
export function formatShardIndex(weights: WeightMap, totalBytes: number, totalParameters: number): string {
  const weight_map = Object.fromEntries([...weights].sort(([a], [b]) => (a < b ? -1 : 1)));
  const metadata = { total_parameters: totalParameters, total_size: totalBytes };
  return `${JSON.stringify({ metadata, weight_map }, undefined, 2)}\n`;
}

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
