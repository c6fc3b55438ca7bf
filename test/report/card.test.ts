import test from 'ava';
import { parse } from 'yaml';
import { type CardData, type CardInput, commonLicense, modelCard } from '../../src/run/card/card.ts';
import { factsFromReadme, type ModelFacts, NO_FACTS } from '../../src/models/hub/model-facts.ts';
import { pinRecipe } from '../../src/run/card/pinned-recipe.ts';

const COMMIT = 'a'.repeat(40);

function input(name: string, facts: Partial<ModelFacts>, more: Partial<CardInput> = {}): CardInput {
  return { name, commit: COMMIT, weight: '0.5', base: false, facts: { ...NO_FACTS, ...facts }, ...more };
}

function card(inputs: readonly CardInput[]): { text: string; matter: Record<string, unknown> } {
  const data: CardData = {
    title: 'cocktail',
    method: { name: 'linear', title: 'Linear', source: 'arXiv 2311.13534' },
    inputs,
    recipe: 'merge_method: linear\n',
    dtype: 'float16',
    parameters: 10_731_524_096,
    device: 'cpu',
    versions: { swizzle: '0.1.0' },
    date: '2024-05-31',
    file: 'swizzle_recipe.yml',
    command: 'npx swizzle-merge merge swizzle_recipe.yml -o again',
  };
  const text = modelCard(data);
  return { text, matter: parse(/^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? '') };
}

test('what the inputs agree on is claimed', (t) => {
  const facts = {
    license: 'apache-2.0',
    languages: ['en', 'de'],
    pipelineTag: 'text-generation',
    libraryName: 'transformers',
  };
  const { text, matter } = card([
    input('a/b', facts, { base: true }),
    input('c/d', { ...facts, languages: ['de', 'en'] }, { weight: '[0, 0.5] over the layers' }),
  ]);
  t.deepEqual(matter, {
    base_model: ['a/b', 'c/d'],
    base_model_relation: 'merge',
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    language: ['de', 'en'],
    license: 'apache-2.0',
    tags: ['merge', 'swizzle'],
  });
  t.true(text.includes(`| [a/b](https://huggingface.co/a/b) (base) | \`${COMMIT}\` | 0.5 | apache-2.0 |`));
  t.true(text.includes('| [0, 0.5] over the layers | apache-2.0 |'));
  for (const line of ['- parameters: 10,731,524,096', '- dtype: float16;', '- swizzle: 0.1.0', '- date: 2024-05-31']) {
    t.true(text.includes(line), line);
  }
  t.true(text.includes('```sh\nnpx swizzle-merge merge swizzle_recipe.yml -o again\n```'));
  t.true(text.includes('```yaml\nmerge_method: linear\n```'));
  t.false(text.includes('## Licence'));
});

test('what they differ on is not; local models are no base_model', (t) => {
  const { text, matter } = card([
    input('upstage/SOLAR', { license: 'cc-by-nc-4.0', languages: ['en'], pipelineTag: 'text-generation' }),
    input('./mine', {}, { commit: undefined, weight: undefined }),
  ]);
  t.deepEqual(matter, {
    base_model: ['upstage/SOLAR'],
    base_model_relation: 'merge',
    library_name: 'transformers',
    tags: ['merge', 'swizzle'],
  });
  t.true(text.includes('| `./mine` (local) |  |  | unknown |'));
  t.true(text.includes('- upstage/SOLAR: cc-by-nc-4.0\n- ./mine: unknown'));
});

test('licences: common, different, unknown, named', (t) => {
  const of = (...facts: Partial<ModelFacts>[]): ReturnType<typeof commonLicense> =>
    commonLicense(facts.map((one, index) => ({ name: `m${index}`, facts: { ...NO_FACTS, ...one } })));
  t.deepEqual(of({ license: 'mit' }, { license: 'mit' }), { claim: { license: 'mit' }, warning: undefined });
  t.deepEqual(of({ license: 'llama2' }, { license: 'cc-by-nc-4.0' }), {
    claim: {},
    warning: 'the inputs have different licences, so the model card claims none (m0: llama2; m1: cc-by-nc-4.0)',
  });
  t.deepEqual(of({ license: 'mit' }, {}).claim, {});
  t.regex(of({ license: 'mit' }, {}).warning ?? '', /m0: mit; m1: unknown/);
  t.deepEqual(of({}, {}), { claim: {}, warning: undefined });
  const llama = { license: 'other', licenseName: 'llama3', licenseLink: 'LICENSE' };
  t.deepEqual(of(llama, llama).claim, { license: 'other', license_name: 'llama3', license_link: 'LICENSE' });
  t.deepEqual(of(llama, { license: 'other', licenseName: 'gemma' }).claim, {});
});

test('facts from a README', (t) => {
  const text = '---\nlicense:\n- mit\nlanguage: en\npipeline_tag: fill-mask\n---\n# x\nlicense: no\n';
  t.deepEqual(factsFromReadme(text), { ...NO_FACTS, license: 'mit', languages: ['en'], pipelineTag: 'fill-mask' });
  t.deepEqual(factsFromReadme('# no front matter'), NO_FACTS);
  t.deepEqual(factsFromReadme('---\n[broken\n---\n'), NO_FACTS);
});

test('a recipe is pinned in place', (t) => {
  const text = `# half and half
merge_method: linear
base_model: a/b # the base
slices:
  - sources:
      - model: a/b
        layer_range: [0, 2]
      - {model: ./local, layer_range: [0, 2], parameters: {weight: 0.5}}
tokenizer_source: base
dtype: bfloat16
`;
  const models = new Map([
    ['a/b', `a/b@${COMMIT}`],
    ['./local', '../local'],
  ]);
  const pinned = pinRecipe(text, { models, dtype: 'float16', seed: 7 });
  t.deepEqual(parse(pinned), {
    merge_method: 'linear',
    base_model: `a/b@${COMMIT}`,
    slices: [
      {
        sources: [
          { model: `a/b@${COMMIT}`, layer_range: [0, 2] },
          { model: '../local', layer_range: [0, 2], parameters: { weight: 0.5 } },
        ],
      },
    ],
    tokenizer_source: 'base',
    dtype: 'bfloat16',
    out_dtype: 'float16',
    random_seed: 7,
  });
  t.true(pinned.startsWith('# half and half\n'));
  t.true(pinned.includes('# the base'));
});
