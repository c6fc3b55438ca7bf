import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { type CommandResult, swizzle } from '../support/command.ts';
import { llamaModel, type Shape } from './models.ts';
import { startHub, type TestHub } from './server/hub.ts';
import { readTwice, sentOf } from './server/log.ts';

const SOLAR = 'upstage/SOLAR-10.7B-Instruct-v1.0';
const MEOW = 'rishiraj/meow';
const RECIPE = 'examples/lmcocktail-10.7b.yml';
const SCALED: Shape = { layers: 6, hidden: 64, vocabulary: 320, shards: 3 };
const SHARDS = [1, 2, 3].map((number) => `model-0000${number}-of-00003.safetensors`);
const TOKEN = 'hf_testtoken';

interface Place {
  readonly hub: TestHub;
  readonly folder: string;
  run(args: readonly string[], env?: Record<string, string>): Promise<CommandResult>;
}

/** A Hub with a scaled-down SOLAR and meow, with the licences that the real ones have, and an empty cache. */
async function place(t: ExecutionContext): Promise<Place> {
  const hub = await startHub();
  const folder = await mkdtemp(join(tmpdir(), 'swizzle-e2e-'));
  t.teardown(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const card = (license: string): string =>
    `---\nlicense: ${license}\nlanguage:\n- en\npipeline_tag: text-generation\nlibrary_name: transformers\n---\n# Model\n`;
  hub.add(SOLAR, llamaModel('solar', SCALED, card('cc-by-nc-4.0')));
  hub.add(MEOW, llamaModel('meow', SCALED, card('apache-2.0')));
  const common = {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: join(folder, 'hf'),
    HF_TOKEN: '',
    HF_HUB_CACHE: '',
    HF_HUB_OFFLINE: '',
  };
  return {
    hub,
    folder,
    run: (args, env = {}) => swizzle(args, { env: { ...common, ...env } }),
  };
}

function commitOf(hub: TestHub, name: string): string {
  return hub.repositories.get(name)?.refs.get('main') ?? '';
}

/** Files of a folder, but for the card, which has the date. */
async function weightsOf(folder: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])));
}

test('the LM-Cocktail recipe by its Hub names: merge, push, pull, diff', async (t) => {
  const { hub, folder, run } = await place(t);
  const out = join(folder, 'cocktail');
  const token = { HF_TOKEN: TOKEN };
  const args = [
    'merge',
    RECIPE,
    '-o',
    out,
    '--device',
    'cpu',
    '--push-to',
    'me/cocktail',
    '--private',
    '--message',
    'half and half',
  ];
  const merged = await run(args, token);
  t.is(merged.code, 0, merged.stderr);
  t.regex(merged.stderr, new RegExp(`fetched {2}${MEOW}/${SHARDS[0]} {2}\\d`));
  t.regex(
    merged.stderr,
    new RegExp(
      `warning: the inputs have different licences, so the model card claims none \\(${SOLAR}: cc-by-nc-4\\.0; ${MEOW}: apache-2\\.0\\)`,
    ),
  );
  const repository = hub.repositories.get('me/cocktail');
  t.true(repository?.private);
  t.is(repository?.messages.at(-1), 'half and half');
  t.deepEqual(
    [...(repository?.commits.get(commitOf(hub, 'me/cocktail'))?.keys() ?? [])].sort(),
    ['.gitattributes', ...(await readdir(out))].sort(),
  );

  const pulled = await run(['pull', 'me/cocktail'], token);
  t.is(pulled.code, 0, pulled.stderr);
  const same = await run(['diff', out, pulled.stdout.trim()]);
  t.is(same.stdout, `identical: ${6 * 9 + 3} tensors\n`);
  const byName = await run(['diff', 'me/cocktail', out], token);
  t.is(byName.stdout, same.stdout);
  for (const { stdout, stderr } of [merged, pulled, same, byName]) t.false((stdout + stderr).includes(TOKEN));
  t.false((await readFile(join(out, 'README.md'), 'utf8')).includes(TOKEN));
});

test('the model card, and the recipe that gives the same bytes again', async (t) => {
  const { hub, folder, run } = await place(t);
  const out = join(folder, 'cocktail');
  t.is((await run(['merge', RECIPE, '-o', out, '--device', 'cpu', '--quiet'])).code, 0);
  const card = await readFile(join(out, 'README.md'), 'utf8');
  const matter: unknown = parse(/^---\n([\s\S]*?)\n---\n/.exec(card)?.[1] ?? '');
  t.deepEqual(matter, {
    base_model: [SOLAR, MEOW],
    base_model_relation: 'merge',
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    language: ['en'],
    tags: ['merge', 'swizzle'],
  });
  const line = (name: string, base: string, license: string): string =>
    `| [${name}](https://huggingface.co/${name})${base} | \`${commitOf(hub, name)}\` | 0.5 | ${license} |`;
  t.true(card.includes(line(SOLAR, ' (base)', 'cc-by-nc-4.0')), card);
  t.true(card.includes(line(MEOW, '', 'apache-2.0')), card);
  t.regex(card, /- dtype: float16;/);
  const recipe = await readFile(join(out, 'swizzle_recipe.yml'), 'utf8');
  t.true(card.includes(recipe.trimEnd()));
  t.is(parse(recipe).base_model, `${SOLAR}@${commitOf(hub, SOLAR)}`);

  // a newer commit must not change what the pinned recipe gives
  hub.add(MEOW, llamaModel('another meow', SCALED));
  const again = join(folder, 'again');
  const rerun = await run(['merge', join(out, 'swizzle_recipe.yml'), '-o', again, '--device', 'cpu']);
  t.is(rerun.code, 0, rerun.stderr);
  t.deepEqual(await weightsOf(again), await weightsOf(out));
});

test('--stream: the same bytes, none read twice, nothing in the cache', async (t) => {
  const { hub, folder, run } = await place(t);
  const [streamed, local] = [join(folder, 'streamed'), join(folder, 'local')];
  const chunks = ['--chunk-size', '8KiB', '--device', 'cpu'];
  const first = await run(['merge', RECIPE, '-o', streamed, '--stream', ...chunks]);
  t.is(first.code, 0, first.stderr);
  for (const name of [SOLAR, MEOW]) {
    for (const shard of SHARDS) {
      t.is(readTwice(hub.log, name, shard), undefined, `${name}/${shard}`);
      const size = hub.repositories.get(name)?.commits.get(commitOf(hub, name))?.get(shard)?.bytes.byteLength;
      t.is(sentOf(hub.log, name, shard), size ?? -1, `${name}/${shard}: every byte once`);
    }
  }
  await t.throwsAsync(access(join(folder, 'hf')), { code: 'ENOENT' });
  t.is((await run(['merge', RECIPE, '-o', local, ...chunks])).code, 0);
  const weights = await weightsOf(local);
  t.is(Object.keys(weights).length, 1);
  t.deepEqual(await weightsOf(streamed), weights);
});

test('--stream goes on in mid range after a reset, and refuses a server without ranges', async (t) => {
  const { hub, folder, run } = await place(t);
  const out = join(folder, 'out');
  hub.fail(new RegExp(`meow/${SHARDS[1]}`), { resetAfter: 5 }, 1);
  const args = ['merge', RECIPE, '-o', out, '--stream', '--device', 'cpu', '--chunk-size', '8KiB'];
  const merged = await run(args);
  t.is(merged.code, 0, merged.stderr);
  t.is(readTwice(hub.log, MEOW, SHARDS[1] ?? ''), undefined);
  hub.reset();
  hub.fail(new RegExp(`meow/${SHARDS[1]}`), { ignoreRange: true }, Infinity);
  const refused = await run([...args, '--force']);
  t.is(refused.code, 1);
  t.regex(
    refused.stderr,
    new RegExp(
      `rishiraj/meow@[0-9a-f]{8}/${SHARDS[1]}: bytes 0 to 7 of \\d+ were asked for, the server answered with the whole file: reading by ranges does not work there, merge without --stream`,
    ),
  );
});

test('everything that can fail does so before weights move', async (t) => {
  const { hub, folder, run } = await place(t);
  const moved = (): number =>
    hub.log.filter(({ file, range }) => file?.path.endsWith('.safetensors') === true && range === undefined).length;
  const out = join(folder, 'out');
  hub.add(MEOW, llamaModel('meow', { ...SCALED, hidden: 32 }));
  const shapes = await run(['merge', RECIPE, '-o', out, '--device', 'cpu']);
  t.is(shapes.code, 2);
  t.regex(shapes.stderr, /model\.embed_tokens\.weight/);
  t.is(moved(), 0);
  hub.add(MEOW, llamaModel('meow', SCALED));
  const noToken = await run(['merge', RECIPE, '-o', out, '--push-to', 'me/x', '--device', 'cpu']);
  t.is(noToken.code, 2);
  t.regex(noToken.stderr, /pushing to me\/x needs a token: set HF_TOKEN/);
  const repository = hub.repositories.get(SOLAR);
  if (repository !== undefined) repository.gated = true;
  const gated = await run(['merge', RECIPE, '-o', out, '--device', 'cpu']);
  t.is(gated.code, 1);
  t.is(
    gated.stderr,
    `swizzle: ${RECIPE}:4: model "${SOLAR}": no such folder in the current folder or in examples, and on the Hub: ${SOLAR} is gated (401): ask for access at ${hub.endpoint}/${SOLAR}, then set HF_TOKEN to a token from ${hub.endpoint}/settings/tokens\n`,
  );
  t.is(moved(), 0);
  await t.throwsAsync(access(out), { code: 'ENOENT' });
});

test('inspect reads headers alone; --dry-run fetches no weights', async (t) => {
  const { hub, folder, run } = await place(t);
  const inspected = await run(['inspect', `${MEOW}@main`, '--json']);
  t.is(inspected.code, 0, inspected.stderr);
  t.is(JSON.parse(inspected.stdout).tensors.length, 57);
  const dry = await run(['merge', RECIPE, '-o', join(folder, 'out'), '--dry-run', '--device', 'cpu']);
  t.is(dry.code, 0, dry.stderr);
  const sent = SHARDS.map((shard) => sentOf(hub.log, MEOW, shard)).reduce((a, b) => a + b, 0);
  const whole = Object.values(llamaModel('meow', SCALED)).reduce<number>((sum, file) => sum + file.length, 0);
  t.true(sent < whole / 10, `${sent} of ${whole} bytes`);
});

test('a merge that was cut off in its download goes on there', async (t) => {
  const { hub, folder, run } = await place(t);
  const out = join(folder, 'out');
  const shard = SHARDS[2] ?? '';
  hub.fail(new RegExp(`meow/${shard}`), { cutAfter: 3000 }, Infinity);
  const waiting = new RegExp(`^${MEOW}: ${shard}: .*trying again`, 'm');
  const cut = swizzle(['merge', RECIPE, '-o', out, '--device', 'cpu'], {
    env: { HF_ENDPOINT: hub.endpoint, HF_HOME: join(folder, 'hf') },
    onOutput: (text, kill) => {
      if (waiting.test(text)) kill('SIGKILL');
    },
  });
  t.is((await cut).signal, 'SIGKILL');
  hub.reset();
  const merged = await run(['merge', RECIPE, '-o', out, '--device', 'cpu']);
  t.is(merged.code, 0, merged.stderr);
  const begins = hub.log.flatMap(({ host, file, range }) =>
    host === 'cdn' && file?.repository === MEOW && file.path === shard && range?.endsWith('-') === true
      ? [file.begin]
      : [],
  );
  t.deepEqual(begins, [3000]);
});

test('pull: what the user reads, and the exit codes', async (t) => {
  const { hub, run } = await place(t);
  const pulled = await run(['pull', MEOW, '--json']);
  t.is(pulled.code, 0, pulled.stderr);
  t.like(JSON.parse(pulled.stdout), {
    schema: 'swizzle/pull/1',
    models: [{ model: MEOW, commit: commitOf(hub, MEOW) }],
  });
  t.regex(pulled.stderr, /^fetching 8 files, [\d.]+ [KM]iB(, .* are in the cache)?\n/);
  const wrong = await run(['pull', './x']);
  t.is(wrong.code, 2);
  t.is(wrong.stderr, 'swizzle: ./x: expected a Hub name like org/name or org/name@revision\n');
  const missing = await run(['pull', `${MEOW}@v2`]);
  t.is(missing.code, 1);
  t.is(missing.stderr, `swizzle: ${MEOW} has no branch, tag or commit "v2" (404)\n`);
  const offline = await run(['pull', MEOW], { HF_HUB_OFFLINE: '1' });
  t.is(offline.code, 0, offline.stderr);
});
