import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where ld.so looks on common distributions, beside LD_LIBRARY_PATH. */
const LIBRARY_FOLDERS = [
  '/lib',
  '/lib64',
  '/usr/lib',
  '/usr/lib64',
  '/usr/local/lib',
  '/usr/local/lib64',
  '/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/run/opengl-driver/lib',
];

type Environment = Readonly<Record<string, string | undefined>>;

function folders(value: string | undefined): string[] {
  return (value ?? '').split(':').filter((folder) => folder !== '');
}

/** The folders that the Vulkan loader searches for driver manifests (its own document, LoaderDriverInterface.md). */
function manifestFolders(env: Environment): string[] {
  const home = env.HOME ?? homedir();
  const roots = [
    env.XDG_CONFIG_HOME ?? join(home, '.config'),
    ...folders(env.XDG_CONFIG_DIRS ?? '/etc/xdg'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME ?? join(home, '.local/share'),
    ...folders(env.XDG_DATA_DIRS),
    '/usr/local/share',
    '/usr/share',
    '/run/opengl-driver/share',
  ];
  return roots.map((root) => join(root, 'vulkan/icd.d'));
}

async function holdsManifest(path: string): Promise<boolean> {
  if (path.endsWith('.json')) return existsSync(path);
  const names = await readdir(path).catch(() => []);
  return names.some((name) => name.endsWith('.json'));
}

/**
 * Why Dawn could find no Vulkan driver on this Linux machine, or undefined where there may be one.
 * Asked first because Dawn, without a loader or a driver, prints warnings from native code.
 */
export async function missingVulkan(env: Environment): Promise<string | undefined> {
  const libraries = [...folders(env.LD_LIBRARY_PATH), ...LIBRARY_FOLDERS];
  if (!libraries.some((folder) => existsSync(join(folder, 'libvulkan.so.1')))) {
    return 'no Vulkan loader (libvulkan.so.1) is installed';
  }
  const only = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  const places = only === undefined ? manifestFolders(env) : folders(only);
  const found = await Promise.all([...places, ...folders(env.VK_ADD_DRIVER_FILES)].map(holdsManifest));
  if (found.includes(true)) return undefined;
  return only === undefined
    ? 'no Vulkan driver is installed'
    : `VK_DRIVER_FILES names no Vulkan driver that exists: "${only}"`;
}
