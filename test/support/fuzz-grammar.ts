import { stringify } from 'yaml';

// Files that are made rather than changed: most of each is right, and a few leaves are not, so that what lies deep in a reader is
// reached too.

/** Draws numbers in (0, 1). */
type Next = () => number;

/** What may stand anywhere and is right nowhere, or hardly anywhere. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -0,
  -1,
  0.5,
  1e308,
  -1e308,
  5e-324,
  2 ** 53,
  2 ** 64,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  [[[[]]]],
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '/',
  'C:x',
  '$w',
  '${w}',
  'a\u0000b',
  '\u001b[31mred\u001b[0m',
  '\u202egpj',
  '\ud800',
  'x'.repeat(5000),
  Array.from({ length: 3000 }, (_, i) => i),
  nested(400),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

class Grammar {
  readonly #next: Next;
  /** The share of leaves that are strange. */
  readonly #strangeness: number;

  constructor(next: Next) {
    this.#next = next;
    // a third of all files is as it should be
    this.#strangeness = next() < 0.33 ? 0 : next() ** 2 * 0.2;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)] as T;
  }

  whole(most: number): number {
    return Math.floor(this.#next() * (most + 1));
  }

  many<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.whole(most - least) }, (_, index) => make(index));
  }

  /** A leaf: one of those that are right, or hardly ever something else. */
  leaf(...right: readonly unknown[]): unknown {
    return this.chance(this.#strangeness) ? this.pick(STRANGE) : this.pick(right);
  }

  /** A map of which keys may be left out, come under another name, or be there beside one that nobody knows. */
  map(entries: Readonly<Record<string, unknown>>, optional: readonly string[] = []): Record<string, unknown> {
    const kept = Object.entries(entries).filter(
      ([key]) => !this.chance(optional.includes(key) ? 0.5 : this.#strangeness / 4),
    );
    if (this.chance(this.#strangeness / 4)) kept.push([this.pick(['', 'unknown', '__proto__', 'toString']), 1]);
    const all = kept.map(([key, value]) => [this.chance(this.#strangeness / 8) ? `${key}x` : key, value] as const);
    return Object.fromEntries(all);
  }
}

const MODELS = ['fixtures/mini-cocktail/base', 'fixtures/mini-cocktail/ft-c', 'org/name', 'org/name@main', './a', 'b'];
const DTYPES = ['BF16', 'F16', 'F32', 'F64', 'I64', 'U8', 'BOOL', 'F8_E4M3', 'F8_E5M2', 'I8'];
const BYTES: Readonly<Record<string, number>> = { BF16: 2, F16: 2, F32: 4, F64: 8, I64: 8 };

function header(next: Next): Buffer {
  const grammar = new Grammar(next);
  let at = 0;
  const entries = grammar.many(0, 6, (index): [string, unknown] => {
    const dtype = grammar.pick(DTYPES);
    const shape = grammar.many(0, 4, () => grammar.whole(5));
    const begin = at;
    at += (BYTES[dtype] ?? 1) * shape.reduce((product, size) => product * size, 1);
    const offsets = [grammar.leaf(begin), grammar.leaf(at)];
    const entry = grammar.map({ dtype: grammar.leaf(dtype), shape: shape.map((size) => grammar.leaf(size)) });
    const name = String(grammar.leaf(`model.layers.${index}.weight`, `w${index}`, `'${index}'`, `ü${index}`));
    return [name, grammar.leaf({ ...entry, data_offsets: grammar.leaf(offsets) })];
  });
  const metadata = grammar.map({ format: grammar.leaf('pt', 'np') }, ['format']);
  const all = grammar.chance(0.5) ? [['__metadata__', grammar.leaf(metadata)] as const, ...entries] : entries;
  // by hand: keys may come twice
  const text = `{${all.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const json = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const bytes = Buffer.alloc(8 + json.length + at + Number(grammar.chance(0.05)));
  bytes.writeBigUInt64LE(grammar.chance(0.97) ? BigInt(json.length) : grammar.pick([0n, 7n, 2n ** 32n, 2n ** 63n]));
  json.copy(bytes, 8);
  return bytes;
}

function index(next: Next): Buffer {
  const grammar = new Grammar(next);
  const shards = grammar.many(1, 4, (k) => `model-0000${k + 1}-of-00004.safetensors`);
  const entries = grammar.many(0, 40, (k) => [String(grammar.leaf(`w.${k}`)), grammar.leaf(...shards)] as const);
  const metadata = grammar.leaf(grammar.map({ total_size: grammar.leaf(10, 1e12) }, ['total_size']));
  return json(grammar, grammar.map({ metadata, weight_map: grammar.leaf(Object.fromEntries(entries)) }, ['metadata']));
}

function config(next: Next): Buffer {
  const grammar = new Grammar(next);
  const heads = grammar.pick([1, 2, 4]);
  const text = {
    num_hidden_layers: grammar.leaf(1, 2, 3),
    hidden_size: grammar.leaf(heads * 8),
    num_attention_heads: grammar.leaf(heads),
    num_key_value_heads: grammar.leaf(heads, 1),
    intermediate_size: grammar.leaf(32),
    vocab_size: grammar.leaf(64, 32_000),
    rms_norm_eps: grammar.leaf(1e-5),
    rope_theta: grammar.leaf(1e4),
    rope_scaling: grammar.leaf(null, { rope_type: grammar.leaf('linear', 'llama3'), factor: grammar.leaf(2) }),
    sliding_window: grammar.leaf(null, 16),
    hidden_act: grammar.leaf('silu'),
    max_position_embeddings: grammar.leaf(128),
    tie_word_embeddings: grammar.leaf(true, false),
  };
  const optional = ['num_key_value_heads', 'rope_scaling', 'sliding_window', 'hidden_act', 'tie_word_embeddings'];
  const model = grammar.pick([
    ['LlamaForCausalLM', 'llama'],
    ['Qwen2ForCausalLM', 'qwen2'],
    ['MistralForCausalLM', 'mistral'],
    ['Gemma3ForCausalLM', 'gemma3_text'],
    ['Phi3ForCausalLM', 'phi3'],
  ]);
  const own = { architectures: grammar.leaf([grammar.leaf(model[0])]), model_type: grammar.leaf(model[1]) };
  const parts = grammar.chance(0.1) ? { text_config: grammar.leaf(text) } : grammar.map(text, optional);
  return json(grammar, grammar.leaf({ ...grammar.map(own), ...parts }));
}

function parameters(grammar: Grammar): unknown {
  const number = (): unknown => grammar.leaf(0, 0.25, 0.5, 1, '0.5');
  const value = (): unknown => grammar.leaf(number(), number(), grammar.many(1, 4, number));
  const filtered = (): unknown =>
    grammar.many(1, 3, () => grammar.map({ filter: grammar.leaf('mlp', 'q_proj', ''), value: value() }, ['filter']));
  const names = ['weight', 'density', 't', 'gamma', 'lambda', 'normalize', 'epsilon', 'int8_mask', 'rescale'];
  const some = grammar.many(0, 3, () => [grammar.pick(names), grammar.chance(0.8) ? value() : filtered()] as const);
  return grammar.leaf(Object.fromEntries([['weight', number()], ...some]));
}

function recipeOf(grammar: Grammar): Record<string, unknown> {
  const methods = ['linear', 'slerp', 'ties', 'dare_ties', 'dare_linear', 'task_arithmetic', 'della', 'model_stock'];
  const model = (): unknown =>
    grammar.leaf(...MODELS, { path: grammar.leaf('org/name'), revision: grammar.leaf('main') });
  const source = (): unknown => {
    const range = grammar.leaf([grammar.leaf(0, 1), grammar.leaf(2, 3)]);
    return grammar.leaf(
      grammar.map({ model: model(), parameters: parameters(grammar), layer_range: range }, ['layer_range']),
    );
  };
  const slice = (): unknown => grammar.leaf(grammar.map({ sources: grammar.leaf(grammar.many(1, 3, source)) }));
  const tokens = Object.fromEntries(grammar.many(0, 3, (k) => [`<t${k}>`, grammar.leaf({ source: model() })] as const));
  const body = grammar.chance(0.75)
    ? { models: grammar.leaf(grammar.many(1, 4, source)) }
    : { slices: grammar.many(1, 3, slice) };
  return grammar.map(
    {
      merge_method: grammar.leaf(...methods),
      base_model: model(),
      ...body,
      parameters: parameters(grammar),
      dtype: grammar.leaf('bfloat16', 'float16', 'float32'),
      tokenizer: grammar.leaf({ source: grammar.leaf('union', 'base'), tokens: grammar.leaf(tokens) }),
      chat_template: grammar.leaf('auto', 'chatml'),
      random_seed: grammar.leaf(0, 7),
    },
    ['parameters', 'dtype', 'tokenizer', 'chat_template', 'random_seed', 'base_model'],
  );
}

function recipe(next: Next): Buffer {
  const grammar = new Grammar(next);
  return yaml(grammar, grammar.many(1, 2, () => recipeOf(grammar)).slice(0, grammar.chance(0.9) ? 1 : 2));
}

function axis(grammar: Grammar, names: readonly string[]): unknown {
  const number = (): unknown => grammar.leaf(0.1, 0.5, 1, 2);
  const bounds = { from: grammar.leaf(0.1, 0.2), to: grammar.leaf(1, 2) };
  const more = (optional: readonly string[]): unknown =>
    grammar.map({ ...bounds, count: grammar.leaf(1, 3, 5), scale: grammar.leaf('linear', 'log') }, optional);
  return grammar.leaf(
    grammar.many(1, 4, number),
    { range: grammar.map({ ...bounds, step: number() }) },
    { linspace: more(['scale']) },
    { random: more(['scale', 'count']) },
    { lhs: more(['scale', 'count']) },
    { simplex: names, count: grammar.leaf(1, 10), alpha: number() },
  );
}

function sweep(next: Next): Buffer {
  const grammar = new Grammar(next);
  const names = ['w', 'v', 'u'].slice(0, 1 + grammar.whole(2));
  const models = names.map((name) => ({
    model: grammar.leaf(...MODELS),
    parameters: { weight: grammar.leaf(`$${name}`) },
  }));
  const axes = Object.fromEntries(names.map((name) => [String(grammar.leaf(name)), axis(grammar, names)]));
  const variants = grammar.many(1, 3, () => Object.fromEntries(names.map((name) => [name, grammar.leaf(0.1, 1)])));
  const command = { command: ['true', '{model}'], timeout: grammar.leaf(1, 60), retries: grammar.leaf(0, 2) };
  const scored = {
    score: grammar.leaf('distance', command, { file: 'scores.csv' }, { distance: { to: 'inputs' } }),
    objective: grammar.leaf(grammar.map({ metric: grammar.leaf('loss'), goal: grammar.leaf('min', 'max') }, ['goal'])),
  };
  const limits = { variants: grammar.leaf(10, 1e6), disk: grammar.leaf('1GB', 1e9), per_pass: grammar.leaf(1, 8) };
  const own = {
    recipe: grammar.leaf(grammar.map({ merge_method: grammar.leaf('linear', 'ties'), models: grammar.leaf(models) })),
    ...(grammar.chance(0.7) ? { axes: grammar.leaf(axes) } : { variants: grammar.leaf(variants) }),
    ...(grammar.chance(0.3) ? { strategy: grammar.leaf('grid', 'random', 'lhs', 'list', 'greedy-soup') } : {}),
    ...(grammar.chance(0.5) ? scored : {}),
    count: grammar.leaf(1, 5, 1000),
    seed: grammar.leaf(0, 9),
    keep: grammar.leaf('all', 'none', 3),
    limits: grammar.leaf(grammar.map(limits, ['disk', 'per_pass'])),
  };
  return yaml(grammar, [grammar.map(own, ['count', 'seed', 'keep', 'limits'])]);
}

function json(grammar: Grammar, value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, undefined, grammar.pick([0, 2])) ?? 'undefined');
}

/** As YAML in one of its forms, JSON among them; sometimes with aliases, or as several documents. */
function yaml(grammar: Grammar, documents: readonly unknown[]): Buffer {
  const write = (value: unknown): string => {
    if (grammar.chance(0.2)) return `${JSON.stringify(value)}\n`;
    const flow = grammar.chance(0.3);
    return stringify(value, { aliasDuplicateObjects: true, collectionStyle: flow ? 'flow' : 'any', lineWidth: 0 });
  };
  return Buffer.from(documents.map(write).join('---\n'));
}

/** Makers of files, by the reader that they are for. */
export const MAKERS: Readonly<Record<string, (next: Next) => Buffer>> = {
  header,
  index,
  config,
  program: config,
  recipe,
  sweep,
};
