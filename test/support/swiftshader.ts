import { createReadStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

/** The software GPU that comes with @sparticuz/chromium; paths are relative to the package root. */
const PACKAGE = 'node_modules/@sparticuz/chromium';

/** Why SwiftShader cannot run here, or undefined. */
export function swiftShaderMissing(): string | undefined {
  if (process.platform === 'linux' && process.arch === 'x64') return undefined;
  return `@sparticuz/chromium has SwiftShader for linux-x64 only, not for ${process.platform}-${process.arch}`;
}

/**
 * Unpacks SwiftShader and its Vulkan loader into node_modules/.cache, once for each version of the package.
 * Test processes may do it at the same time: whoever renames first wins. Returns the folder.
 */
export async function unpackSwiftShader(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  const folder = resolve('node_modules/.cache/swizzle', `swiftshader-${version}`);
  const present = await access(join(folder, 'vk_swiftshader_icd.json')).then(
    () => true,
    () => false,
  );
  if (present) return folder;
  const own = `${folder}.${process.pid}`;
  await mkdir(own, { recursive: true });
  await pipeline(createReadStream(join(PACKAGE, 'bin/swiftshader.tar.br')), createBrotliDecompress(), extract(own));
  try {
    await rename(own, folder);
  } catch {
    await rm(own, { recursive: true }); // another process was first
    await access(folder);
  }
  return folder;
}

function joined(...paths: (string | undefined)[]): string {
  return paths.filter((path) => path !== undefined && path !== '').join(':');
}

/**
 * The environment in which Dawn finds SwiftShader beside the machine's own drivers. The Vulkan loader reads it when a
 * process starts, so it must be set by the parent: ava.config.js does.
 */
export async function swiftShaderEnvironment(): Promise<Record<string, string>> {
  if (swiftShaderMissing() !== undefined) return {};
  const folder = await unpackSwiftShader();
  const driver = join(folder, 'vk_swiftshader_icd.json');
  const { VK_DRIVER_FILES: only, VK_ADD_DRIVER_FILES: more, LD_LIBRARY_PATH: libraries } = process.env;
  return {
    LD_LIBRARY_PATH: joined(libraries, folder),
    ...(only === undefined ? { VK_ADD_DRIVER_FILES: joined(more, driver) } : { VK_DRIVER_FILES: joined(only, driver) }),
  };
}
