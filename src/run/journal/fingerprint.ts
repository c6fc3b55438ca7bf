import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openLocalSource } from '../../models/checkpoint/files/local-source.ts';
import type { InputFile } from '../../models/models.ts';
import type { Plan } from '../../plan/plan.ts';
import { settleAll } from '../../settle-all.ts';
import type { InputFingerprint } from './record.ts';

/** Bytes of a file's beginning whose checksum is taken: most headers as a whole. */
const HEAD_BYTES = 2 ** 20;

/**
 * A hash of everything that the bytes of the outputs follow from, but for the inputs' content.
 * @param texts what the plan may not say: the recipes, and the device, since devices may round differently
 */
export function hashPlan(plan: Plan, texts: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (value: unknown): void => void hash.update(`${JSON.stringify(value)}\n`);
  add(texts);
  for (const { shards } of plan.variants) {
    for (const { name, size, header } of shards) hash.update(`${name} ${size}\n`).update(header);
  }
  for (const { path, size, made } of plan.inputs) add([path, size, made]);
  for (const span of plan.spans) add(span);
  for (const { task, places, onOverflow } of [...plan.jobs, ...plan.matrices]) add([task, places, onOverflow]);
  return hash.digest('hex');
}

/** What inputs look like now. @throws SwizzleError 'checkpoint' or 'io' */
export function fingerprints(files: readonly InputFile[]): Promise<InputFingerprint[]> {
  return settleAll(files.map(fingerprint));
}

async function fingerprint({ path, size, made }: InputFile): Promise<InputFingerprint> {
  if (made !== undefined || path.startsWith('hf://')) return { path, size };
  await using source = await openLocalSource(path);
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.size));
  await source.read(head, 0);
  const { mtimeMs } = await stat(path);
  return { path, size: source.size, modified: mtimeMs, head: crc32(head).toString(16) };
}

/** The first input that is not what it was, and how. */
export function changedInput(
  before: readonly InputFingerprint[],
  now: readonly InputFingerprint[],
): string | undefined {
  const known = new Map(before.map((one) => [one.path, one]));
  for (const { path, size, modified, head } of now) {
    const then = known.get(path);
    if (then === undefined) return `${path}: is a new input`;
    if (then.size !== size) return `${path}: had ${then.size} bytes then, has ${size} now`;
    if (then.modified !== modified || then.head !== head) return `${path}: was written to since`;
  }
  return before.length === now.length ? undefined : 'there were other inputs';
}
