import { packageVersion } from '../../package.ts';
import { DEFAULT_SHARD_BYTES } from '../../run/merge/merger-options.ts';
import { sha256 } from '../../run/merge/input-facts.ts';
import type { Variant } from '../axes/variant.ts';
import type { SweepSpec } from '../file/spec.ts';
import type { SweepIdentity } from '../log/identity.ts';
import { scorerFacts } from '../score/scorer-facts.ts';
import type { VariantMaker } from './variant-maker.ts';

/**
 * Everything that the results of a sweep follow from. The device is no part of it: machines may have different ones, and devices
 * differ by rounding.
 * @param first any variant
 */
export async function identifySweep(spec: SweepSpec, maker: VariantMaker, first: Variant): Promise<SweepIdentity> {
  const { models, options } = maker.merger;
  const { shardBytes, onOverflow, allowMissing, experts } = options;
  return {
    version: packageVersion(),
    recipe: sha256(JSON.stringify(spec.template)),
    '--shard-size': String(shardBytes ?? DEFAULT_SHARD_BYTES),
    '--on-overflow': onOverflow ?? 'inf',
    ...(allowMissing === true && { '--allow-missing': 'set' }),
    ...(experts !== undefined && { '--experts': experts }),
    ...Object.fromEntries(await maker.facts(first)),
    ...Object.fromEntries(await scorerFacts(spec, new Set(models.keys()))),
  };
}
