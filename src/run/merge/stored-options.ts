import { relative, resolve } from 'node:path';
import type { GgufType } from '../../models/checkpoint/gguf/element-types.ts';
import { DTYPES, type FloatDtype } from '../../dtype.ts';
import type { GgufWishes } from '../../plan/gguf/gguf-tasks.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import type { StoredOptions } from '../../recipe/stored-options.ts';
import { DEFAULT_SHARD_BYTES, type MergerOptions } from './merger-options.ts';

/** What of a merge's options a recipe may keep. */
type Shaping = Pick<
  MergerOptions,
  'allowMissing' | 'allowUnloadable' | 'experts' | 'onOverflow' | 'shardBytes' | 'format' | 'gguf'
> & {
  readonly dtype?: FloatDtype | undefined;
};

/** The options of a merge with those that its recipe keeps where the caller says nothing. */
export function withStoredOptions<T extends Shaping>({ recipe }: Pick<CheckedRecipe, 'recipe'>, options: T): T {
  const stored = recipe.options;
  const gguf = ggufOf(stored, options);
  return {
    ...options,
    allowMissing: options.allowMissing ?? stored.allow_missing,
    allowUnloadable: options.allowUnloadable ?? stored.allow_unloadable,
    experts: options.experts ?? stored.experts,
    onOverflow: options.onOverflow ?? stored.on_overflow,
    shardBytes: options.shardBytes ?? stored.shard_size,
    format: gguf === undefined ? 'safetensors' : 'gguf',
    gguf,
  };
}

function ggufOf(stored: StoredOptions, { format, gguf, dtype }: Shaping): GgufWishes | undefined {
  if ((format ?? (gguf && 'gguf') ?? stored.format) !== 'gguf') return undefined;
  if (gguf !== undefined) return gguf;
  const type = stored.dtype === 'q8_0' ? 'Q8_0' : GGUF_DTYPES.find((one) => DTYPES[one].torch === stored.dtype);
  // a dtype that is asked for now counts for matrices, too
  return { type: GGUF_DTYPES.find((one) => one === dtype) ?? type, pre: stored.gguf_pre };
}

const GGUF_DTYPES = ['F16', 'BF16', 'F32'] as const;

/** What a recipe keeps of the options that a merge ran with; none of those that are as by default. */
export function optionsToStore(
  { allowMissing, allowUnloadable, experts, onOverflow, shardBytes, gguf }: Shaping,
  module: CheckedRecipe['module'],
  out: string,
): StoredOptions {
  return {
    ...(allowMissing === true && { allow_missing: true }),
    ...(allowUnloadable === true && { allow_unloadable: true }),
    ...(experts !== undefined && { experts }),
    ...(onOverflow !== undefined && onOverflow !== 'inf' && { on_overflow: onOverflow }),
    ...(shardBytes !== undefined && shardBytes !== DEFAULT_SHARD_BYTES && { shard_size: shardBytes }),
    ...(gguf !== undefined && { format: 'gguf' }),
    ...(gguf?.type !== undefined && { dtype: typeName(gguf.type) }),
    ...(gguf?.pre !== undefined && { gguf_pre: gguf.pre }),
    ...(module !== undefined && {
      method: relative(resolve(out), resolve(module.path)).replaceAll('\\', '/'),
      method_sha256: module.sha256,
    }),
  };
}

function typeName(type: GgufType): NonNullable<StoredOptions['dtype']> {
  const names: Readonly<Record<GgufType, NonNullable<StoredOptions['dtype']>>> = {
    F16: 'float16',
    BF16: 'bfloat16',
    F32: 'float32',
    Q8_0: 'q8_0',
  };
  return names[type];
}
