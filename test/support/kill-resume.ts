import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { DeviceChoice } from '../../src/devices/select.ts';
import { uniform } from '../../src/random.ts';
import { MANIFEST, readManifest } from '../../src/run/output/manifest.ts';
import { checkFiles } from '../../src/commands/verify/check-files.ts';
import { filled, writeModel } from './checkpoints.ts';
import { swizzle } from './command.ts';

/** What a torture run did, for its summary line. */
export interface Torture {
  readonly runs: number;
  /** Runs that were killed before their end. */
  killed: number;
  /** Of those, how many the next one went on with. */
  resumed: number;
}

/** Numbers in (0, 1) that follow from a seed. */
export function randomNumbers(seed: number): () => number {
  let count = 0;
  return () => uniform(seed, 'test', count++);
}

const METHODS = ['linear', 'slerp', 'ties', 'dare_ties', 'model_stock'] as const;

/** Three models of some 3 MB each in two shards, with a tensor of integers. */
async function writeModels(folder: string): Promise<void> {
  for (const [index, name] of ['base', 'a', 'b'].entries()) {
    const tensor = (layer: number, elements: number) =>
      filled(
        { name: `model.layers.${layer}.mlp.up_proj.weight`, dtype: 'BF16', shape: [elements / 256, 256] },
        index + 1,
      );
    const ids = filled({ name: 'model.ids', dtype: 'I64', shape: [1024] });
    const shards = [
      [tensor(0, 2 ** 19), tensor(1, 2 ** 18)],
      [tensor(2, 2 ** 19), tensor(3, 2 ** 17), ids],
    ];
    await writeModel(join(folder, name), shards, { architectures: ['LlamaForCausalLM'], num_hidden_layers: 4 });
  }
}

function recipeOf(folder: string, method: (typeof METHODS)[number]): string {
  const parameters = method === 'slerp' ? 'parameters: { t: 0.3 }\n' : '';
  const own = ['slerp', 'model_stock'].includes(method) ? '{}' : '{ weight: 0.5, density: 0.6 }';
  const models = (method === 'slerp' ? ['base', 'a'] : ['a', 'b']).map(
    (name) => `  - { model: ${join(folder, name)}, parameters: ${method === 'linear' ? '{ weight: 0.5 }' : own} }\n`,
  );
  return `merge_method: ${method}\nbase_model: ${join(folder, 'base')}\nmodels:\n${models.join('')}${parameters}`;
}

/** Every file below a folder with its hash; of the manifest, whose pieces follow the chunks, that it is right. */
export async function contents(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = new Map<string, string>();
  const manifest = await readManifest(folder);
  const check = manifest && (await checkFiles(folder, manifest));
  const listed = [...(manifest?.files.values() ?? [])].reduce((sum, { bytes }) => sum + bytes, 0);
  const isRight = check?.problems.length === 0 && check.bytes === listed;
  found.set(MANIFEST, String(isRight));
  for (const { parentPath, name } of names) {
    const path = join(parentPath, name);
    if (name === MANIFEST) continue;
    found.set(
      path.slice(folder.length),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return new Map([...found].sort());
}

/**
 * Kills merges at random moments, resumes them and compares what comes out, byte for byte, with a merge that nobody has
 * disturbed. OUT must never be there before it is whole.
 * @param devices to choose from, with an adapter where it is webgpu
 */
export async function killAndResume(
  t: ExecutionContext,
  folder: string,
  seed: number,
  runs: number,
  devices: readonly { readonly device: DeviceChoice; readonly adapter?: string }[],
): Promise<Torture> {
  const next = randomNumbers(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const torture: Torture = { runs, killed: 0, resumed: 0 };
  const undisturbed = new Map<string, { files: Map<string, string>; milliseconds: number }>();
  await writeModels(folder);
  for (const method of METHODS) await writeFile(join(folder, `${method}.yml`), recipeOf(folder, method));
  for (let run = 0; run < runs; run++) {
    const { device, adapter } = pick(devices);
    const args = ['merge', join(folder, `${pick(METHODS)}.yml`), '--device', device];
    if (adapter !== undefined) args.push('--adapter', adapter);
    args.push('--dtype', pick(['bfloat16', 'float16', 'float32']), '--shard-size', pick(['500KB', '5GB']));
    args.push('--random-seed', '7');
    const key = args.join(' ');
    let expected = undisturbed.get(key);
    if (expected === undefined) {
      const whole = join(folder, `whole-${undisturbed.size}`, 'model');
      const started = performance.now();
      const { code, stderr } = await swizzle([...args, '-o', whole]);
      t.is(code, 0, `${key}: ${stderr}`);
      t.is((await contents(whole)).get(MANIFEST), 'true', key);
      expected = { files: await contents(whole), milliseconds: performance.now() - started };
      undisturbed.set(key, expected);
    }
    // small chunks and few lanes: there is something to kill and something to keep
    args.push('--lanes', pick(['1', '2', '3']), '--chunk-size', pick(['4KiB', '32KiB', '256KiB']));
    const place = join(folder, `run-${run}`);
    const out = join(place, 'model');
    // before half of it nothing is written
    const after = expected.milliseconds * (0.5 + 0.8 * next());
    const title = `seed ${seed}, run ${run}: ${args.slice(1).join(' ')}, killed after ${after.toFixed(0)} ms`;
    let timer: NodeJS.Timeout | undefined;
    const onStart = (kill: (signal: NodeJS.Signals) => void): void => {
      timer = setTimeout(() => kill('SIGKILL'), after);
    };
    const { signal, code: ended, stderr: first } = await swizzle([...args, '-o', out], { onStart });
    clearTimeout(timer);
    if (signal === null) {
      t.is(ended, 0, `${title}: ${first}`);
      t.deepEqual(await contents(out), expected.files, `${title}: ${first}`);
      continue;
    }
    torture.killed += 1;
    const there: string[] = await readdir(place).catch(() => []);
    if (there.includes('model')) {
      // killed after the last rename
      t.deepEqual(await contents(out), expected.files, title);
      continue;
    }
    // other lanes and chunks than those that were killed: what both have made overlaps
    args.splice(-4, 4, '--lanes', pick(['1', '2', '3']), '--chunk-size', pick(['4KiB', '32KiB', '256KiB']));
    const { code, stderr } = await swizzle([...args, '-o', out, '--resume']);
    t.is(code, 0, `${title}: ${stderr}`);
    if (stderr.includes('going on with')) torture.resumed += 1;
    t.deepEqual(await contents(out), expected.files, title);
    t.deepEqual(await readdir(place), ['model'], title);
  }
  return torture;
}
