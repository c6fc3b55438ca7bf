import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { prepareModel } from '../../src/models/hub/cache/prepare.ts';
import { pullModels } from '../../src/models/hub/pull.ts';
import { testUnless } from '../support/test-unless.ts';
import { llamaModel, SHARD_1 } from './models.ts';
import { scene } from './setup.ts';

const run = promisify(execFile);
const PYTHON = process.env['SWIZZLE_PYTHON'] ?? 'python3';
const TINY = { name: 'org/tiny', revision: undefined };

async function python(code: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run(PYTHON, ['-c', code], { env: { ...process.env, ...env } });
  return stdout.trim();
}

const missing = await python('import huggingface_hub', {}).then(
  () => undefined,
  () => `${PYTHON} has no huggingface_hub (SWIZZLE_PYTHON names another interpreter)`,
);
const withPython = testUnless(missing);

withPython('Python reads the cache that pull leaves: scan_cache_dir, and offline', async (t) => {
  const { client, settings, commit } = await scene(t);
  const model = await prepareModel(client(), TINY);
  await pullModels(client(), [model]);
  const code = `
import json
from huggingface_hub import scan_cache_dir, hf_hub_download, snapshot_download
info = scan_cache_dir()
[repo] = info.repos
[revision] = repo.revisions
print(json.dumps({
  "id": repo.repo_id, "type": repo.repo_type, "size": repo.size_on_disk, "warnings": [str(w) for w in info.warnings],
  "commit": revision.commit_hash, "refs": sorted(revision.refs), "files": sorted(f.file_name for f in revision.files),
  "shard": hf_hub_download("org/tiny", "${SHARD_1}"), "folder": snapshot_download("org/tiny"),
}))`;
  const found = JSON.parse(await python(code, { HF_HUB_CACHE: settings.cache, HF_HUB_OFFLINE: '1' }));
  t.deepEqual(found, {
    id: 'org/tiny',
    type: 'model',
    size: model.needed.reduce((sum, { size }) => sum + size, 0),
    warnings: [],
    commit,
    refs: ['main'],
    files: model.needed.map(({ path }) => path.split('/').at(-1)).sort(),
    shard: join(model.folder, SHARD_1),
    folder: model.folder,
  });
});

withPython('a model that Python fetched is used without fetching a byte of it', async (t) => {
  const { hub, client, settings } = await scene(t);
  const env = { HF_HUB_CACHE: settings.cache, HF_ENDPOINT: hub.endpoint, HF_HUB_DISABLE_XET: '1' };
  const folder = await python(
    'from huggingface_hub import snapshot_download; print(snapshot_download("org/tiny"))',
    env,
  );
  hub.reset();
  const model = await prepareModel(client(), TINY);
  t.is(model.folder, folder);
  t.true(model.needed.every(({ state }) => state === 'linked'));
  t.is(await pullModels(client(), [model]), 0);
  t.deepEqual(
    hub.log.filter(({ file }) => file !== undefined),
    [],
  );
  const shard = await readFile(join(model.folder, SHARD_1));
  t.true(shard.equals(Buffer.from(llamaModel('tiny')[SHARD_1] ?? '')));
});
