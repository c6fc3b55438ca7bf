import { SwizzleError, messageOf } from '../../errors.ts';
import type { AdapterInfo } from './adapter-info.ts';
import { freeDawn, noAdapterReason, openDawn } from './dawn.ts';
import { withoutHarmlessWarnings } from './native-warnings.ts';

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render|\bwarp\b/i;

/** What is known of an adapter, under the name that selects it. */
export function describeAdapter(adapter: GPUAdapter, name?: string): AdapterInfo {
  const { info, limits } = adapter;
  const label = name ?? (info.description || info.device || info.vendor);
  const software = info.isFallbackAdapter || SOFTWARE.test(`${label} ${info.device} ${info.description}`);
  return {
    name: label,
    vendor: info.vendor,
    architecture: info.architecture,
    type: software ? 'software' : 'hardware',
    description: info.description,
    maxBufferBytes: limits.maxBufferSize,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    features: [...adapter.features].sort(),
  };
}

/** Dawn lists its adapters in the error about one that it does not have: ` * backend: 'vulkan', name: 'llvmpipe'`. */
const LISTED = /^ \* backend: '([^']*)', name: '(.*)'$/gm;
const NOBODY = 'adapter=no adapter has this name';

async function adapterNames(): Promise<string[]> {
  try {
    const gpu = await openDawn([NOBODY]);
    await withoutHarmlessWarnings(() => gpu.requestAdapter());
    return [];
  } catch (error) {
    if (error instanceof SwizzleError) throw error;
    const names = [...messageOf(error).matchAll(LISTED)].flatMap(([, backend, name]) =>
      backend === 'null' || name === undefined ? [] : [name],
    );
    return [...new Set(names)];
  }
}

/** Adapter `name`, or without a name the one that Dawn thinks fastest; undefined where there is none. */
export async function openAdapter(name?: string): Promise<{ gpu: GPU; adapter: GPUAdapter } | undefined> {
  if ((await noAdapterReason()) !== undefined) return undefined;
  const gpu = await openDawn(name === undefined ? [] : [`adapter=${name}`]);
  try {
    const adapter = await withoutHarmlessWarnings(() => gpu.requestAdapter({ powerPreference: 'high-performance' }));
    return adapter === null ? undefined : { gpu, adapter };
  } catch {
    return undefined;
  }
}

/** The name of Dawn's adapter that validates everything and computes nothing: with it, a merge shows what the host alone costs. */
export const NULL_ADAPTER = 'dawn-null';

/** That adapter. */
export async function openNullAdapter(): Promise<{ gpu: GPU; adapter: GPUAdapter } | undefined> {
  const gpu = await openDawn(['backend=null']);
  const adapter = await gpu.requestAdapter();
  return adapter === null ? undefined : { gpu, adapter };
}

/** Every WebGPU adapter of this machine, hardware first. Empty where there is none, never throws for that. */
export async function listAdapters(): Promise<AdapterInfo[]> {
  if ((await noAdapterReason()) !== undefined) return [];
  const adapters: AdapterInfo[] = [];
  for (const name of await adapterNames()) {
    const info = await adapterInfo(name);
    if (info !== undefined) adapters.push(info);
  }
  await freeDawn();
  return adapters.sort((a, b) => Number(a.type === 'software') - Number(b.type === 'software'));
}

async function adapterInfo(name: string): Promise<AdapterInfo | undefined> {
  const opened = await openAdapter(name);
  return opened && describeAdapter(opened.adapter, name);
}

/** The error for an adapter that is not there: says which are, or why there is none. */
export async function noAdapterError(name: string | undefined): Promise<SwizzleError> {
  const reason = await noAdapterReason();
  const known = reason === undefined ? (await listAdapters()).map((adapter) => adapter.name) : [];
  if (known.length === 0) {
    return new SwizzleError('device', `no WebGPU adapter on this machine: ${reason ?? 'no driver offers one'}`);
  }
  return new SwizzleError('device', `no WebGPU adapter is named "${name ?? ''}"; there are: ${known.join(', ')}`, {
    details: { adapter: name, adapters: known },
  });
}
