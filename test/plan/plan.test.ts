import test from 'ava';
import type { Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import type { Dtype } from '../../src/dtype.ts';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import { cutChunks } from '../../src/plan/chunks/cut.ts';
import { makePlan, type Plan, type PlanOptions } from '../../src/plan/plan.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { headersOnly as checkpoint } from '../support/headers-only.ts';

const tensor = (name: string, shape: number[], dtype: Dtype = 'BF16'): NewTensor => ({ name, dtype, shape });

const HALF = `merge_method: linear
models:
  - {model: a, parameters: {weight: 0.5}}
  - {model: b, parameters: {weight: 0.5}}
`;

function plan(models: readonly Checkpoint[], recipe = HALF, options: Partial<PlanOptions> = {}): Plan {
  const checked = checkRecipe(parseRecipe('r.yml', recipe));
  return makePlan([{ checked }], new Map(models.map((model) => [model.label, model])), { shardBytes: 5e9, ...options });
}

const LAYERS = [
  tensor('embed', [10, 4]),
  tensor('layers.0.up', [4, 4]),
  tensor('layers.0.norm', [4]),
  tensor('layers.1.up', [4, 4]),
];

test('tensors that lie behind one another become one span: one read an input, one write', (t) => {
  const { spans, bytesRead, tasks } = plan([checkpoint('a', [LAYERS]), checkpoint('b', [LAYERS])]);
  t.is(spans.length, 1);
  t.is(tasks.length, 4);
  const [span] = spans;
  t.is(span?.elements, 40 + 16 + 4 + 16);
  t.deepEqual(
    span?.inputs.map(({ ranges }) => ranges.map(({ begin, end }) => end - begin)),
    [[152], [152]],
  );
  t.deepEqual(
    span?.tensors.map(({ end }) => end),
    [40, 56, 60, 76],
  );
  t.is(bytesRead, 304);
});

test('another order or other shards in one input cost more reads, not more spans', (t) => {
  const { spans } = plan([checkpoint('a', [LAYERS]), checkpoint('b', [LAYERS.slice(2), LAYERS.slice(0, 2)])]);
  t.is(spans.length, 1);
  t.deepEqual(
    spans[0]?.inputs[1]?.ranges.map(({ file, begin, end }) => [file, end - begin]),
    [
      [2, 112],
      [1, 40],
    ],
  );
});

test('a layer gradient splits spans where the coefficients change', (t) => {
  const recipe = HALF.replace('weight: 0.5}}\n  - {model: b', 'weight: [0, 1]}}\n  - {model: b').replace(
    'weight: 0.5',
    'weight: [1, 0]',
  );
  const { spans, tasks } = plan([checkpoint('a', [LAYERS]), checkpoint('b', [LAYERS])], recipe);
  t.deepEqual(
    tasks.map(({ outputs }) => outputs[0]?.weights),
    [
      [0, 1],
      [0, 1],
      [0, 1],
      [1, 0],
    ],
  );
  t.deepEqual(
    spans.map(({ elements }) => elements),
    [60, 16],
  );
});

test('shards are closed before the tensor that would overfill them, and named as Hugging Face does', (t) => {
  const { variants, spans } = plan([checkpoint('a', [LAYERS]), checkpoint('b', [LAYERS])], HALF, { shardBytes: 100 });
  t.deepEqual(
    variants[0]?.shards.map(({ name }) => name),
    ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'],
  );
  t.deepEqual(
    spans.map(({ elements }) => elements),
    [40, 36],
  );
  const index: unknown = JSON.parse(
    variants[0]?.texts.find(({ name }) => name === 'model.safetensors.index.json')?.text ?? '',
  );
  t.deepEqual(index, {
    metadata: { total_parameters: 76, total_size: 152 },
    weight_map: {
      embed: 'model-00001-of-00002.safetensors',
      'layers.0.norm': 'model-00002-of-00002.safetensors',
      'layers.0.up': 'model-00002-of-00002.safetensors',
      'layers.1.up': 'model-00002-of-00002.safetensors',
    },
  });
});

test('an error lists every tensor that does not fit, before anything is read', (t) => {
  const b = [tensor('embed', [11, 4]), ...LAYERS.slice(1, 3), tensor('extra', [1])];
  const error = t.throws(() => plan([checkpoint('a', [LAYERS]), checkpoint('b', [b])]), {
    instanceOf: SwizzleError,
    code: 'mismatch',
  });
  t.deepEqual(error.message.split('\n'), [
    'the models do not fit each other, 3 tensors:',
    '  embed: [10, 4] in a, [11, 4] in b',
    '  layers.1.up: missing in b',
    '  extra: only in b, missing in a',
    "--allow-missing keeps a's tensors where models differ",
  ]);
});

test('--allow-missing keeps the base model', (t) => {
  const b = [tensor('embed', [11, 4]), ...LAYERS.slice(1, 3), tensor('extra', [1])];
  const { tasks, warnings } = plan([checkpoint('a', [LAYERS]), checkpoint('b', [b])], HALF, { allowMissing: true });
  t.deepEqual(
    tasks.map(({ kernel, inputs }) => [kernel, inputs.length]),
    [
      ['copy', 1],
      ['weighted_sum', 2],
      ['weighted_sum', 2],
      ['copy', 1],
    ],
  );
  t.deepEqual(warnings, [
    'merged 2 of 4 tensors, the others are kept as in a',
    'embed: of another shape or kind in a model, kept as in a',
    'layers.1.up: missing in b, kept as in a',
    'extra: only in b, left out',
  ]);
});

const EMBED = tensor('model.embed_tokens.weight', [8, 4]);
const HEAD = tensor('lm_head.weight', [8, 4]);

test('a head that is absent because it is tied is the embedding', (t) => {
  const tied = checkpoint('b', [[EMBED]], { tie_word_embeddings: true });
  const untied = checkpoint('a', [[EMBED, HEAD]], { tie_word_embeddings: false });
  const { tasks } = plan([untied, tied]);
  t.deepEqual(
    tasks.map(({ name, inputs }) => [name, inputs[1]?.ranges[0]?.begin]),
    [
      ['model.embed_tokens.weight', tasks[0]?.inputs[1]?.ranges[0]?.begin],
      ['lm_head.weight', tasks[0]?.inputs[1]?.ranges[0]?.begin],
    ],
  );
  const turned = plan([
    checkpoint('a', [[EMBED]], { tie_word_embeddings: true }),
    checkpoint('b', [[EMBED, HEAD]], {}),
  ]);
  t.deepEqual(
    turned.tasks.map(({ name }) => name),
    ['model.embed_tokens.weight', 'lm_head.weight'],
  );
  t.regex(
    turned.variants[0]?.texts.find(({ name }) => name === 'config.json')?.text ?? '',
    /"tie_word_embeddings": false/,
  );
  const broken = checkpoint('b', [[EMBED]], { tie_word_embeddings: false });
  t.throws(() => plan([untied, broken]), { message: /lm_head.weight: missing in b/ });
});

test('config.json keeps its form; only the dtype changes', (t) => {
  const config = '{\n  "rope_theta": 10000.0,\n  "eps": 1e-05,\n  "torch_dtype": "bfloat16"\n}\n';
  const a = { ...checkpoint('a', [LAYERS]), config };
  const { variants } = plan([a, checkpoint('b', [LAYERS])], `${HALF}dtype: float16`);
  t.is(variants[0]?.texts[0]?.text, config.replace('bfloat16', 'float16'));
});

test('integers are copied and compared; one float model alone is converted or copied', (t) => {
  const own = [tensor('ids', [3], 'I64'), tensor('w', [3], 'F32')];
  const { tasks } = plan([checkpoint('a', [own]), checkpoint('b', [own])], `${HALF}dtype: float16`);
  t.deepEqual(
    tasks.map(({ kernel, inputs, outputs }) => [kernel, inputs.length, outputs[0]?.dtype]),
    [
      ['copy', 2, 'I64'],
      ['weighted_sum', 2, 'F16'],
    ],
  );
  const alone = 'merge_method: passthrough\nmodels: [{model: a}]\n';
  t.deepEqual(
    plan([checkpoint('a', [own])], alone).tasks.map(({ kernel }) => kernel),
    ['copy', 'copy'],
  );
  t.deepEqual(
    plan([checkpoint('a', [own])], `${alone}dtype: float16`).tasks.map(({ kernel }) => kernel),
    ['copy', 'convert'],
  );
});

test('cut chunks cover a span exactly, whatever the chunk size', (t) => {
  const many = Array.from({ length: 50 }, (_, index) => tensor(`t${index}`, [index * 37 + 1]));
  const shuffled = many.toSorted((x, y) => ((x.name + x.name).length * 7 + x.name.length > y.name.length ? 1 : -1));
  const { spans } = plan([checkpoint('a', [many]), checkpoint('b', [shuffled.slice(25), shuffled.slice(0, 25)])]);
  const limits = { inputBytes: 2 ** 30, outputBytes: 2 ** 30 };
  const [span] = spans;
  if (span === undefined) return t.fail('no span');
  for (const chunkBytes of [1, 4096, 10_000, 2 ** 20]) {
    const chunks = [...cutChunks(spans, chunkBytes, limits)];
    t.is(sum(chunks.map(({ elements }) => elements)), span.elements);
    for (const [input, { ranges }] of span.inputs.entries()) {
      const cut = chunks.flatMap((chunk) => chunk.inputs[input]?.ranges ?? []);
      t.deepEqual(bytesOf(cut), bytesOf(ranges));
    }
    checkTensors(t, chunks, span);
  }
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Ranges as a text of "file:byte" runs in which touching ranges are joined. */
function bytesOf(ranges: readonly { file: number; begin: number; end: number }[]): string[] {
  const runs: { file: number; begin: number; end: number }[] = [];
  for (const { file, begin, end } of ranges) {
    const last = runs.at(-1);
    if (last && last.file === file && last.end === begin) last.end = end;
    else runs.push({ file, begin, end });
  }
  return runs.map(({ file, begin, end }) => `${file}:${begin}-${end}`);
}

function checkTensors(t: { deepEqual(a: unknown, b: unknown): unknown }, chunks: readonly Chunk[], span: Chunk): void {
  const ends = new Map<string, number>();
  let at = 0;
  for (const { tensors, elements } of chunks) {
    for (const { name, end } of tensors) ends.set(name, at + end);
    at += elements;
  }
  t.deepEqual(
    [...ends],
    span.tensors.map(({ name, end }) => [name, end]),
  );
}
