import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf, SwizzleError } from '../../errors.ts';
import { packageVersion } from '../../package.ts';
import { type OutputCalls, SYSTEM_CALLS } from './files.ts';
import { readText } from '../../regular-file.ts';

/** Lists what a merge wrote into its folder: what a later one may replace, and what `verify` compares with. */
export const MANIFEST = 'swizzle_manifest.json';

/** How a merge was made, as far as its recipe does not say it. */
export interface MadeHow {
  /** What computed it: a GPU may round otherwise than the reference. */
  readonly device: 'cpu' | 'webgpu';
  readonly allowMissing?: boolean | undefined;
  readonly allowUnloadable?: boolean | undefined;
  readonly experts?: 'packed' | 'separate' | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | undefined;
  /** Absent: safetensors. */
  readonly format?: 'gguf' | undefined;
  /** adapter: by `extract`; moe: by `moe`; absent: a merge. */
  readonly kind?: 'adapter' | 'moe' | undefined;
  /** Tensors in which the merge made NaN or infinity; absent: none. */
  readonly introduced?: readonly string[] | undefined;
}

/** A file of an output folder. */
export interface ListedFile {
  readonly bytes: number;
  /** Lengths and checksums (wasm/checksum.ts) of its pieces, front to back: "1048576 9f3a… 512 0a…"; absent in folders of old versions. */
  readonly sums?: string | undefined;
}

/** What lies in an output folder. */
export interface Manifest {
  /** Of swizzle. */
  readonly version: string;
  /** Absent in what was made before this was noted. */
  readonly made?: MadeHow | undefined;
  /** By name, relative to the folder, with `/`. */
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** What a run knows of its output beside the files' names. */
export interface OutputNotes {
  readonly made?: MadeHow | undefined;
  /** By name; see `ListedFile`. */
  readonly sums?: ReadonlyMap<string, string> | undefined;
}

const schema = z.object({
  version: z.string().default(''),
  made: z
    .object({
      device: z.enum(['cpu', 'webgpu']),
      allowMissing: z.boolean().optional(),
      allowUnloadable: z.boolean().optional(),
      experts: z.enum(['packed', 'separate']).optional(),
      onOverflow: z.enum(['inf', 'saturate']).optional(),
      format: z.enum(['gguf']).optional(),
      kind: z.enum(['adapter', 'moe']).optional(),
      introduced: z.array(z.string()).optional(),
    })
    .optional(),
  files: z.record(z.string(), z.object({ bytes: z.number().int().nonnegative(), sums: z.string().optional() })),
});

/** Lists what is in an output folder, in the folder. @throws SwizzleError 'io' */
export async function writeManifest(
  folder: string,
  { made, sums }: OutputNotes,
  { writeFile }: OutputCalls = SYSTEM_CALLS,
): Promise<void> {
  const path = join(folder, MANIFEST);
  try {
    const files: [string, ListedFile][] = [];
    for (const name of (await namesBelow(folder)).sort()) {
      if (name === MANIFEST) continue;
      files.push([name, { bytes: (await lstat(join(folder, name))).size, sums: sums?.get(name) }]);
    }
    const text = { tool: 'swizzle', version: packageVersion(), made, files: Object.fromEntries(files) };
    await writeFile(path, `${JSON.stringify(text, undefined, 2)}\n`);
  } catch (cause) {
    throw new SwizzleError('io', `${path}: writing: ${messageOf(cause)}`, { cause, details: { path } });
  }
}

/** Undefined where there is none, or none that can be understood. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const { files, ...rest } = schema.parse(JSON.parse(await readText(join(folder, MANIFEST))));
    return { ...rest, files: new Map(Object.entries(files)) };
  } catch {
    return undefined;
  }
}

export const MOST_STRANGERS = 1000;

/** Everything but folders, and folders that are empty; relative, with `/`. */
export async function namesBelow(folder: string, below = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const inside = entry.isDirectory() ? await namesBelow(folder, name) : [name];
    names.push(...(inside.length > 0 ? inside : [`${name}/`]));
    if (names.length > MOST_STRANGERS * 100) break;
  }
  return names;
}
