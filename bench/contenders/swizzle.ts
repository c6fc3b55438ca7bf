import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../race.ts';
import { packageFile } from '../../src/package.ts';

/** A device of swizzle's, as command line options. */
export interface DeviceOption {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether the adapter is software; undefined for cpu. */
  readonly software: boolean | undefined;
}

export function swizzle(...args: readonly string[]): string[] {
  return [process.execPath, fileURLToPath(packageFile('dist/cli/bin.cjs')), ...args];
}

/** cpu, then each WebGPU adapter that is found here. */
export function listDeviceOptions(): DeviceOption[] {
  const [program = '', ...args] = swizzle('devices', '--json');
  const text = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { adapters } = JSON.parse(text) as { adapters: { name: string; type: string }[] };
  return [
    { name: 'cpu', args: ['--device', 'cpu'], software: undefined },
    ...adapters.map(({ name, type }) => ({
      name: `webgpu: ${name}`,
      args: ['--device', 'webgpu', '--adapter', name],
      software: type === 'software',
    })),
  ];
}

/** `swizzle merge` of a recipe on each device. */
export function mergeOn(devices: readonly DeviceOption[], recipe: string, output: string): Contender[] {
  return devices.map(({ name, args }) => ({
    name,
    command: { argv: swizzle('merge', recipe, '-o', output, '--quiet', ...args) },
  }));
}
