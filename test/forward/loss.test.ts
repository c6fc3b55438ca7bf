import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { measureLosses } from '../../src/commands/loss.ts';
import { swizzle } from '../support/command.ts';

const COCKTAIL = 'fixtures/mini-cocktail';
const MODELS = ['base', 'ft-python', 'ft-c'];

interface Reference {
  readonly perDomainLoss: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const reference = JSON.parse(readFileSync(join(COCKTAIL, 'reference.json'), 'utf8')) as Reference;

test('losses of three models on held-out windows are those of the reference', async (t) => {
  const models = MODELS.map((model) => join(COCKTAIL, model));
  const report = await measureLosses(models, join(COCKTAIL, 'windows.json'), { device: 'cpu' });
  t.is(report.examples, 72);
  for (const [index, model] of MODELS.entries()) {
    const found = report.models[index];
    t.is(found?.model, models[index]);
    t.is(found?.tokens, 72 * 128);
    t.is(found?.predicted, 72 * 127);
    for (const [domain, loss] of Object.entries(reference.perDomainLoss[model] ?? {})) {
      const distance = Math.abs((found?.groups[domain] ?? Number.NaN) - loss);
      t.true(distance < 1e-5, `${model} ${domain}: ${distance}`);
    }
  }
});

test('swizzle loss prints the same, and its plan without reading weights', async (t) => {
  const args = ['loss', join(COCKTAIL, 'base'), '--data', join(COCKTAIL, 'windows.json'), '--device', 'cpu', '--json'];
  const { code, stdout, stderr } = await swizzle(args);
  t.is(code, 0, stderr);
  const { schema, models } = JSON.parse(stdout) as {
    schema: string;
    models: { loss: number; perplexity: number; groups: object }[];
  };
  t.is(schema, 'swizzle/loss/1');
  t.deepEqual(Object.keys(models[0]?.groups ?? {}), ['python', 'c', 'prose']);
  t.is(models[0]?.perplexity, Math.exp(models[0]?.loss ?? 0));
  const plan = await swizzle([...args, '--dry-run']);
  t.is(plan.code, 0, plan.stderr);
  const planned = JSON.parse(plan.stdout) as { models: { bytesRead: number; loss?: number }[] };
  // all but embeddings of tokens that do not occur
  t.true((planned.models[0]?.bytesRead ?? 0) < 2_005_296);
  t.true((planned.models[0]?.bytesRead ?? 0) > 1_700_000);
  t.is(planned.models[0]?.loss, undefined);
});
