import { readdirSync } from 'node:fs';

// DRM render nodes, NVIDIA, AMD compute, WSL, NVIDIA Tegra, ARM Mali, Qualcomm Adreno, Imagination
const GPU_NODE = /^(renderD\d+|nvidia\d+|nvidiactl|kfd|dxg|nvmap|nvhost-.*|mali\d*|kgsl-3d\d+|pvr_sync)$/;

/**
 * Whether a hardware GPU can be there at all: on Linux one shows in /dev, and without one loading Dawn and its drivers
 * (0.1 s, 40 MB) tells nothing. Elsewhere always true.
 */
export function mayHaveGpu(platform: NodeJS.Platform = process.platform, root = '/dev'): boolean {
  if (platform !== 'linux') return true;
  return names(root).some((name) => GPU_NODE.test(name)) || names(`${root}/dri`).some((name) => GPU_NODE.test(name));
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
