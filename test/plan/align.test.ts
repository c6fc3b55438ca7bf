import test from 'ava';
import { type Checkpoint, joinShards, rangesOf } from '../../src/models/checkpoint/checkpoint.ts';
import { settleFloat8 } from '../../src/models/checkpoint/forms/float8.ts';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { byteLength, type Dtype } from '../../src/dtype.ts';
import { alignModels } from '../../src/plan/align/align-models.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

function checkpoint(label: string, shapes: Shapes, config: object = {}, dtype: Dtype = 'BF16'): Checkpoint {
  let end = 0;
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const own = name.includes('scale') ? 'F32' : dtype;
    const begin = end;
    end += byteLength(own, elementCount(shape));
    return { name, dtype: own, shape, begin, end };
  });
  return joinShards(label, label, JSON.stringify(config), [{ path: label, size: end, header: { tensors } }]);
}

/** What becomes of the second model, and the notes. */
function aligned(
  lead: Checkpoint,
  model: Checkpoint,
): { names: string[]; model: Checkpoint; notes: readonly string[] } {
  const { models, notes } = alignModels(
    new Map([
      ['lead', lead],
      ['model', model],
    ]),
    lead,
    undefined,
  );
  const result = models.get('model') ?? model;
  return { names: [...result.tensors.keys()], model: result, notes };
}

const LLAMA: Shapes = {
  'model.embed_tokens.weight': [16, 8],
  'model.layers.0.self_attn.q_proj.weight': [8, 8],
  'model.layers.1.self_attn.q_proj.weight': [8, 8],
  'model.norm.weight': [8],
  'lm_head.weight': [16, 8],
};

function named(shapes: Shapes, change: (name: string) => string): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [change(name), shape]));
}

const HEADLESS = Object.fromEntries(Object.entries(LLAMA).filter(([name]) => name !== 'lm_head.weight'));
const TOWER: Shapes = { 'vision_tower.layers.0.self_attn.q_proj.weight': [4, 4], 'projector.weight': [8, 4] };

const PREFIXES: Record<string, [Shapes, Shapes, string]> = {
  'torch.compile': [LLAMA, named(LLAMA, (name) => `_orig_mod.${name}`), '"_orig_mod." taken off 5 names'],
  'data parallel': [LLAMA, named(LLAMA, (name) => `module.${name}`), '"module." taken off 5 names'],
  'a bare model in the other': [HEADLESS, named(HEADLESS, (name) => name.slice(6)), '"model." put in front of 4 names'],
  'a bare model as lead': [named(HEADLESS, (name) => name.slice(6)), LLAMA, '"model." taken off 4 names'],
  'a text model and a multimodal one': [
    { ...named(LLAMA, (name) => `language_model.${name}`), ...TOWER },
    LLAMA,
    '"language_model." put in front of 5 names',
  ],
  'a text model as lead, of a multimodal one': [
    LLAMA,
    { ...TOWER, ...named(LLAMA, (name) => name.replace(/^model\./, 'model.language_model.')) },
    '"model.language_model." read as "model." in 4 names',
  ],
};

for (const [title, [lead, model, what]] of Object.entries(PREFIXES)) {
  test(`one renaming makes all names meet: ${title}`, (t) => {
    const { names, notes } = aligned(checkpoint('lead', lead), checkpoint('model', model));
    t.deepEqual(notes, [`model: ${what}, as in lead`]);
    const text = names.filter((name) => !(name in TOWER) && name !== 'lm_head.weight');
    t.deepEqual(
      text.toSorted(),
      Object.keys(lead)
        .filter((name) => !(name in TOWER) && name !== 'lm_head.weight')
        .toSorted(),
    );
  });
}

test('parts of a model with a prefix each are renamed each in their own way', (t) => {
  const mixed = named(LLAMA, (name) => (name.includes('layers') ? `a.${name}` : `b.${name}`));
  const { names, notes } = aligned(checkpoint('lead', LLAMA), checkpoint('model', mixed));
  t.deepEqual(names, Object.keys(LLAMA));
  t.deepEqual(notes, ['model: "b." removed from 3 names, "a." removed from 2 names, as in lead']);
});

test('names are left alone where no renaming explains all of them, or shapes differ', (t) => {
  const half = named(LLAMA, (name) => (name.includes('layers.0') ? `a.${name}` : name));
  const twice: Shapes = {
    ...named(LLAMA, (name) => (name.includes('layers') ? `a.${name}` : `b.${name}`)),
    'c.model.norm.weight': [8],
  };
  const wider = named({ ...LLAMA, 'model.norm.weight': [9] }, (name) => `module.${name}`);
  for (const shapes of [twice, wider, { 'other.weight': [3] }]) {
    const model = checkpoint('model', shapes);
    const { names, notes } = aligned(checkpoint('lead', LLAMA), model);
    t.deepEqual(names, Object.keys(shapes));
    t.deepEqual(notes, []);
  }
  t.is(aligned(checkpoint('lead', LLAMA), checkpoint('model', half)).notes.length, 1);
});

const P = 'model.layers.0.mlp.experts.';
const SEPARATE: Shapes = Object.fromEntries(
  [0, 1, 2].flatMap((expert) => [
    [`${P}${expert}.down_proj.weight`, [8, 4]],
    [`${P}${expert}.gate_proj.weight`, [4, 8]],
    [`${P}${expert}.up_proj.weight`, [4, 8]],
  ]),
);
const PACKED: Shapes = { [`${P}gate_up_proj`]: [3, 8, 8], [`${P}down_proj`]: [3, 8, 4] };

test('experts one by one are the parts of packed ones: gate before up, expert by expert', (t) => {
  const { model, notes } = aligned(checkpoint('lead', PACKED), checkpoint('model', SEPARATE));
  t.deepEqual(notes, ['model: its experts are one by one, taken as packed, as in lead']);
  const places = [...model.tensors.values()].map((tensor) => [
    tensor.name,
    rangesOf(tensor).map(({ begin }) => begin / 64),
  ]);
  t.deepEqual(places, [
    [`${P}down_proj`, [0, 3, 6]],
    [`${P}gate_up_proj`, [1, 2, 4, 5, 7, 8]],
  ]);
});

test('packed experts are cut into those of each', (t) => {
  const { model } = aligned(checkpoint('lead', SEPARATE), checkpoint('model', PACKED));
  t.deepEqual(model.tensors.get(`${P}1.up_proj.weight`)?.shape, [4, 8]);
  t.deepEqual(
    [...model.tensors.values()].map(({ name, begin, end }) => [name.slice(P.length), begin / 64, end / 64]),
    [0, 1, 2]
      .flatMap((expert) => [
        [`${expert}.gate_proj.weight`, 2 * expert, 2 * expert + 1],
        [`${expert}.up_proj.weight`, 2 * expert + 1, 2 * expert + 2],
      ])
      .concat([0, 1, 2].map((expert) => [`${expert}.down_proj.weight`, 6 + expert, 7 + expert])),
  );
});

test('a layer that lacks an expert stays as it is', (t) => {
  const { [`${P}1.up_proj.weight`]: _, ...rest } = SEPARATE;
  const { names } = aligned(checkpoint('lead', PACKED), checkpoint('model', rest));
  t.deepEqual(
    names,
    [
      `${P}down_proj`,
      ...[0, 1, 2].flatMap((expert) => [`${P}${expert}.gate_proj.weight`, `${P}${expert}.up_proj.weight`]),
    ].filter((name) => name in rest || name === `${P}down_proj`),
  );
});

test('float8 experts take their scales along, packed or cut', (t) => {
  const fp8 = { quantization_config: { quant_method: 'fp8', weight_block_size: [2, 4] } };
  const scaled = (shapes: Shapes, scale: (shape: readonly number[]) => number[]): Shapes =>
    Object.fromEntries(
      Object.entries(shapes).flatMap(([name, shape]) => [
        [name, shape],
        [`${name}_scale_inv`, scale(shape)],
      ]),
    );
  const grid = (shape: readonly number[]): number[] => {
    return [...shape.slice(0, -2), (shape.at(-2) ?? 0) / 2, (shape.at(-1) ?? 0) / 4];
  };
  const one = settleFloat8(checkpoint('model', scaled(SEPARATE, grid), fp8, 'F8_E4M3'));
  const joined = aligned(checkpoint('lead', PACKED), one).model.tensors.get(`${P}gate_up_proj`)?.stored?.encoding;
  t.like(joined, { kind: 'scaled', rows: 4, columns: 8, blockRows: 2, blockColumns: 4 });
  t.is(joined?.kind === 'scaled' ? joined.scales.ranges?.length : 0, 6);

  const all = settleFloat8(checkpoint('model', scaled(PACKED, grid), fp8, 'F8_E4M3'));
  const up = aligned(checkpoint('lead', SEPARATE), all).model.tensors.get(`${P}1.up_proj.weight`);
  const whole = all.tensors.get(`${P}gate_up_proj`)?.stored?.encoding;
  const [cut, scales] = [up?.stored?.encoding, whole?.kind === 'scaled' ? whole.scales : undefined];
  t.like(cut, { kind: 'scaled', rows: 4, columns: 8 });
  // 2 × 2 scales a matrix, the fourth of them
  t.deepEqual(cut?.kind === 'scaled' && [cut.scales.begin, cut.scales.end], [
    (scales?.begin ?? 0) + 3 * 16,
    (scales?.begin ?? 0) + 4 * 16,
  ]);
});

test('50,000 expert tensors are packed and matched in little time', (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 16_667 }, (_, index) => index).flatMap((index) => {
      const [layer, expert] = [Math.floor(index / 256), index % 256];
      return ['gate', 'up', 'down'].map((name) => [
        `model.layers.${layer}.mlp.experts.${expert}.${name}_proj.weight`,
        name === 'down' ? [8, 4] : [4, 8],
      ]);
    }),
  ) as Shapes;
  const model = checkpoint('model', many);
  const { models } = alignModels(new Map([['model', model]]), model, 'packed');
  t.is(models.get('model')?.tensors.size, 2 * 66);
});
