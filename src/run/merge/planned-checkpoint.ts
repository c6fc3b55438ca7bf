import { type Checkpoint, joinShards } from '../../models/checkpoint/checkpoint.ts';
import { parseHeader } from '../../models/checkpoint/header/header.ts';
import type { Plan } from '../../plan/plan.ts';

/** What a planned merge will leave, as its headers describe it: enough to plan with, nothing to read. */
export function plannedCheckpoint({ variants, lead }: Plan, label: string): Checkpoint {
  const [variant] = variants;
  const config = variant?.texts.find(({ name }) => name === 'config.json')?.text;
  const shards = (variant?.shards ?? []).map(({ name, size, header }) => {
    return { path: `${label}/${name}`, size, header: parseHeader(name, header.subarray(8), size) };
  });
  return joinShards(label, lead.folder, config, shards);
}
