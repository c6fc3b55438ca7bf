import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { leadsOut } from '../../checkpoint/files/local-source.ts';
import { readLocalCheckpoint } from '../../checkpoint/files/local.ts';
import { messageOf, SwizzleError } from '../../../errors.ts';
import { MAX_INDEX_BYTES, readText } from '../../../regular-file.ts';

/** A file of a model folder that is to be uploaded. */
export interface LocalFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Checks that a folder is a whole model: config.json that is JSON, every shard that the index names, headers that fit
 * their files, nothing half-written.
 * @returns all its files, by name; hidden ones are left out
 * @throws SwizzleError 'checkpoint' or 'safetensors' that names what is missing or wrong
 */
export async function completeFolder(folder: string, signal?: AbortSignal): Promise<LocalFile[]> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory() !== true)
    throw new SwizzleError('checkpoint', `${folder}: is not a folder`, { details: { path: folder } });
  if (resolve(folder).endsWith('.partial')) {
    throw new SwizzleError('checkpoint', `${folder}: is the unfinished output of a merge, not a complete model`, {
      details: { path: folder },
    });
  }
  // names every shard that is missing, and reads every header
  const { config } = await readLocalCheckpoint(folder, signal);
  if (config === undefined) {
    throw new SwizzleError('checkpoint', `${folder}: has no config.json, so it is not a complete model`, {
      details: { path: folder },
    });
  }
  try {
    JSON.parse(config);
  } catch (cause) {
    throw new SwizzleError('checkpoint', `${join(folder, 'config.json')}: is not JSON (${messageOf(cause)})`, {
      cause,
    });
  }
  const files: LocalFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll('\\', '/');
    if (name.split('/').some((part) => part.startsWith('.'))) continue;
    if (/\.(partial|incomplete|tmp)$/.test(name)) {
      throw new SwizzleError('checkpoint', `${path}: is half-written, so the folder is not a complete model`, {
        details: { path },
      });
    }
    const { size, isFile } = await fileInfo(path);
    if (!isFile) continue;
    await checkLink(folder, path);
    files.push({ path: name, size });
  }
  await checkStray(folder, files);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function fileInfo(path: string): Promise<{ size: number; isFile: boolean }> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SwizzleError('checkpoint', `${path}: cannot be read: ${messageOf(cause)}`, { cause, details: { path } });
  });
  return { size: info.size, isFile: info.isFile() };
}

/** A link to a file elsewhere would publish that. Weights may lie elsewhere: their headers were checked. */
async function checkLink(folder: string, path: string): Promise<void> {
  const outside = path.endsWith('.safetensors') ? undefined : await leadsOut(folder, path);
  if (outside === undefined) return;
  throw new SwizzleError(
    'checkpoint',
    `${path}: is a link to ${outside}, outside the folder, which is not sent: copy the file there, or remove the link`,
  );
}

/** Weights at the top that no index names would be uploaded beside the model and confuse whoever loads it. */
async function checkStray(folder: string, files: readonly LocalFile[]): Promise<void> {
  const index = 'model.safetensors.index.json';
  if (!files.some(({ path }) => path === index)) return;
  const text = await readText(join(folder, index), MAX_INDEX_BYTES);
  const stray = files.find(
    ({ path }) => path.endsWith('.safetensors') && !path.includes('/') && !text.includes(JSON.stringify(path)),
  );
  if (stray !== undefined) {
    throw new SwizzleError('checkpoint', `${join(folder, stray.path)}: is not named by ${index}; remove it first`);
  }
}
