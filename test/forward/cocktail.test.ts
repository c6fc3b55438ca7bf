import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { cocktail, type CocktailWeights, cocktailWeights } from '../../src/commands/cocktail.ts';
import { diff } from '../../src/commands/diff.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const COCKTAIL = 'fixtures/mini-cocktail';
const ENCODER = 'fixtures/golden-encoder';

interface Reference {
  readonly modelOrder: readonly string[];
  readonly fewShotLoss: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly weights: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

interface EncoderReference {
  readonly models: readonly string[];
  readonly loss: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** LM_Cocktail's five examples of one domain, as JSONL. */
async function examplesOf(t: ExecutionContext, domain: string): Promise<string> {
  const all = json<Record<string, object[]>>(join(COCKTAIL, 'examples.json'));
  const path = join(await temporaryFolder(t), `${domain}.jsonl`);
  await writeFile(path, (all[domain] ?? []).map((example) => `${JSON.stringify(example)}\n`).join(''));
  return path;
}

function checkClose(t: ExecutionContext, found: readonly number[], expected: readonly number[], within: number): void {
  t.is(found.length, expected.length);
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs((found[index] ?? Number.NaN) - value);
    t.true(distance <= within, `${index}: ${distance}`);
  }
}

function lossesOf({ losses }: CocktailWeights): number[] {
  return losses.models.map(({ batchLoss }) => batchLoss);
}

const decoders = json<Reference>(join(COCKTAIL, 'reference.json'));
for (const domain of ['python', 'c', 'prose']) {
  test(`decoders: losses and weights from raw examples are LM_Cocktail’s (${domain})`, async (t) => {
    const models = decoders.modelOrder.map((model) => join(COCKTAIL, model));
    const examples = await examplesOf(t, domain);
    const own = await cocktailWeights(models, examples, { device: 'cpu', maxInputLength: 256 });
    const losses = decoders.modelOrder.map((model) => decoders.fewShotLoss[domain]?.[model] ?? Number.NaN);
    checkClose(t, lossesOf(own), losses, 1e-5);
    checkClose(t, own.weights, decoders.weights['tau=5.0']?.[domain] ?? [], 1e-6);
    const sharp = await cocktailWeights(models, examples, { device: 'cpu', maxInputLength: 256, temperature: 0.2 });
    checkClose(t, sharp.weights, decoders.weights['tau=0.2']?.[domain] ?? [], 1e-5);
  });
}

const encoders = json<EncoderReference>(join(ENCODER, 'reference.json'));
for (const batchSize of [2, 5]) {
  test(`encoders: losses and weights are LM_Cocktail’s (batches of ${batchSize})`, async (t) => {
    const models = encoders.models.map((model) => join(ENCODER, model));
    for (const temperature of [5, 0.5]) {
      const options = { device: 'cpu', batchSize, temperature } as const;
      const own = await cocktailWeights(models, join(ENCODER, 'examples.jsonl'), options);
      const losses = encoders.models.map((model) => encoders.loss[`batch=${batchSize}`]?.[model] ?? Number.NaN);
      checkClose(t, lossesOf(own), losses, 1e-5);
      checkClose(t, own.weights, encoders.weights[`batch=${batchSize} tau=${temperature.toFixed(1)}`] ?? [], 1e-5);
    }
  });
}

test('an encoder’s mixture is LM_Cocktail’s', async (t) => {
  const out = join(await temporaryFolder(t), 'mixed');
  const models = encoders.models.map((model) => join(ENCODER, model));
  const args = ['merge', ...models, '--weights', '0.2', '0.5', '0.3', '-o', out, '--device', 'cpu'];
  t.is((await swizzle(args)).code, 0);
  const expected = await readLocalCheckpoint(join(ENCODER, 'expected/mix-0.2-0.5-0.3.safetensors'));
  t.deepEqual((await diff(await readLocalCheckpoint(out), expected, 1e-6)).beyond, []);
});

test('swizzle cocktail prints table and recipe, merges, and the card tells of the examples', async (t) => {
  const out = join(await temporaryFolder(t), 'mixed');
  const examples = await examplesOf(t, 'c');
  const models = decoders.modelOrder.map((model) => join(COCKTAIL, model));
  const args = ['cocktail', ...models, '--examples', examples, '--max-input-length', '256', '--device', 'cpu'];
  const { code, stdout, stderr } = await swizzle([...args, '-o', out]);
  t.is(code, 0, stderr);
  t.regex(
    stdout,
    /^model +loss +weight\n\S+base +3\.7999 +0\.3457\n\S+ft-python +4\.5203 +0\.2993\n\S+ft-c +3\.6680 +0\.3550\n/,
  );
  t.regex(stdout, /merge_method: linear\n/);
  const card = await readFile(join(out, 'README.md'), 'utf8');
  t.regex(card, /with the loss of each model on 5 examples \(`c\.jsonl`, SHA-256 `[0-9a-f]{64}`\)/);
  t.regex(card, /\| `fixtures\/mini-cocktail\/ft-c` \| 3\.668033 \| 0\.354956 \|/);
  const first = json<Record<string, { input: string }[]>>(join(COCKTAIL, 'examples.json'))['c']?.[0]?.input ?? '';
  t.true(first.length > 20);
  t.false(card.includes(first.slice(0, 20)));
  // the recipe that is kept makes the same weights again
  const again = join(await temporaryFolder(t), 'again');
  t.is((await swizzle(['merge', join(out, 'swizzle_recipe.yml'), '-o', again, '--device', 'cpu'])).code, 0);
  t.deepEqual(await readFile(join(again, 'model.safetensors')), await readFile(join(out, 'model.safetensors')));
});

test('the two-stage form: the target keeps its share, the others divide the rest by loss', async (t) => {
  const models = decoders.modelOrder.map((model) => join(COCKTAIL, model));
  const out = join(await temporaryFolder(t), 'mixed');
  const options = { out, device: 'cpu', maxInputLength: 256, target: models[1], alpha: 0.6 } as const;
  const { weights } = await cocktail(models, await examplesOf(t, 'python'), options);
  const [base = 0, , c = 0] = decoders.weights['tau=5.0']?.['python'] ?? [];
  checkClose(t, weights, [(0.4 * base) / (base + c), 0.6, (0.4 * c) / (base + c)], 1e-6);
});

test('what is refused before a loss is computed', async (t) => {
  const examples = await examplesOf(t, 'python');
  const folder = await temporaryFolder(t);
  const refused = async (models: string[], more: object = {}): Promise<string> => {
    const options = { out: join(folder, 'out'), device: 'cpu', onLossProgress: () => t.fail(), ...more } as const;
    const error = await t.throwsAsync(cocktail(models, examples, options));
    return error?.message ?? '';
  };
  const [base, python] = [join(COCKTAIL, 'base'), join(COCKTAIL, 'ft-python')];
  t.regex(await refused([base]), /needs two models/);
  t.regex(await refused([base, base]), /named twice/);
  t.regex(await refused([base, python], { target: 'other' }), /--target: expected one of/);
  t.regex(await refused([base, python], { alpha: 0.5 }), /--alpha goes with --target/);
  t.regex(await refused([base, join(ENCODER, 'base')]), /tensor|model_type|architecture/);
});
