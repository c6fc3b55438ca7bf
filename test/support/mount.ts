import { spawnSync } from 'node:child_process';

/** Why nothing can be mounted here; undefined where it can. */
export function cannotMount(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount';
  const { status } = spawnSync('sh', ['-c', 'unshare -m mount -t tmpfs tmpfs /mnt']);
  return status === 0 ? undefined : 'the system does not let root mount';
}
