import type { ExecutionContext } from 'ava';
import type { AdapterInfo } from '../../src/devices/webgpu/adapter-info.ts';
import { listAdapters } from '../../src/devices/webgpu/adapters.ts';
import { swiftShaderMissing } from './swiftshader.ts';

/** Kinds of adapter that tests want to run on. */
const WANTED: readonly { readonly label: string; readonly matches: (adapter: AdapterInfo) => boolean }[] = [
  { label: 'SwiftShader', matches: (adapter) => adapter.architecture === 'swiftshader' },
  { label: 'lavapipe', matches: (adapter) => adapter.name.startsWith('llvmpipe') },
  { label: 'hardware', matches: (adapter) => adapter.type === 'hardware' },
];

export interface TestAdapter {
  readonly label: string;
  /** What createWebGpuDevice takes. */
  readonly name: string;
  readonly type: AdapterInfo['type'];
}

export interface MissingAdapter {
  readonly label: string;
  readonly reason: string;
}

export interface TestAdapters {
  readonly present: readonly TestAdapter[];
  readonly missing: readonly MissingAdapter[];
}

/** One software adapter shows what a driver makes of the shaders; the second only costs its time where nobody asks for all. */
const ALL = process.env['SWIZZLE_TEST_ADAPTERS'] === 'all';

/**
 * The adapters that tests run on: SwiftShader, or lavapipe where that is not there, and hardware; all with
 * SWIZZLE_TEST_ADAPTERS=all, as in CI. Throws where SwiftShader, which comes with the dev dependencies, should be and is not.
 */
export async function testAdapters(): Promise<TestAdapters> {
  const adapters = await listAdapters();
  const present: TestAdapter[] = [];
  const missing: MissingAdapter[] = [];
  for (const { label, matches } of WANTED) {
    const found = adapters.filter(matches);
    const isSecond = found.length > 0 && label === 'lavapipe' && present.length > 0;
    if (isSecond && !ALL) {
      missing.push({ label, reason: 'a second software adapter: SWIZZLE_TEST_ADAPTERS=all' });
      continue;
    }
    present.push(...found.map(({ name, type }) => ({ label, name, type })));
    if (found.length > 0) continue;
    const reason = label === 'SwiftShader' ? swiftShaderMissing() : `no ${label} adapter on this machine`;
    if (reason === undefined) throw new Error('SwiftShader is unpacked but Dawn does not find it');
    missing.push({ label, reason });
  }
  return { present, missing };
}

/** Prints what a test did not run on. */
export function logMissing(t: ExecutionContext, { missing }: TestAdapters): void {
  for (const { label, reason } of missing) t.log(`skipped on ${label}: ${reason}`);
}
