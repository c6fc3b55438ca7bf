import type { FloatDtype } from '../../src/dtype.ts';
import type { ForwardDevice } from '../../src/matrix/device.ts';
import type { Op } from '../../src/matrix/ops.ts';

/** An op on a memory of random numbers, and the floats that it leaves. */
export interface OpCase {
  readonly name: string;
  readonly op: Op;
  /** Where its result is, and how many floats. */
  readonly result: readonly [address: number, count: number];
}

const BYTES = 2 ** 19;
const X = 2 ** 14;
const Y = 2 ** 16;
const Z = 2 ** 17;
const OUT = 2 ** 18;
/** Whole numbers below 16, one a word. */
const INDEX = 256;

/** Runs a case in a memory of its own. Floats of every width are there: each word is a small f32, or two small halves. */
export async function runOpCase(device: ForwardDevice, { op, result }: OpCase): Promise<Float32Array> {
  const windows = { begin: 0, step: 0, count: 1 };
  await using memory = await device.allocate({ bytes: BYTES, windows, longest: 256, headSize: 64 });
  await memory.write(0, randomMemory(op));
  await memory.run([{ kind: 'shared', ops: [op] }]);
  const [address, count] = result;
  const bytes = await memory.read(address, count * 4);
  return new Float32Array(bytes.buffer, bytes.byteOffset, count);
}

function randomMemory(op: Op): Uint8Array {
  let seed = 1;
  const next = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  };
  const floats = Float32Array.from({ length: BYTES / 4 }, next);
  const words = new Uint32Array(floats.buffer);
  for (let word = INDEX / 4; word < X / 4; word++) words[word] = word % 13;
  if (op.op === 'matmul' && op.dtype !== 'F32') halves(new Uint16Array(floats.buffer, Y, 2 ** 15), op.dtype, next);
  if (op.op === 'convert' || op.op === 'merge') halves(new Uint16Array(floats.buffer, X, 2 ** 14), 'BF16', next);
  return new Uint8Array(floats.buffer);
}

/** Random values of either sign: BF16 are the upper halves of floats; of F16 the exponent is bounded, subnormals included. */
function halves(target: Uint16Array, dtype: FloatDtype, next: () => number): void {
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  for (let i = 0; i < target.length; i++) {
    float[0] = next();
    const sign = next() < 0 ? 0x8000 : 0;
    target[i] = dtype === 'BF16' ? (word[0] ?? 0) >>> 16 : sign | Math.floor(Math.abs(next()) * 0x3c00);
  }
}

const SHAPES = [
  { rows: 1, depth: 8, columns: 3 },
  { rows: 13, depth: 64, columns: 40 },
  { rows: 137, depth: 24, columns: 131 },
  { rows: 9, depth: 37, columns: 20 },
] as const;

function products(): OpCase[] {
  return SHAPES.flatMap(({ rows, depth, columns }) =>
    (['F32', 'BF16', 'F16'] as const).map((dtype): OpCase => {
      const add = dtype === 'BF16';
      const bias = add ? Z : undefined;
      const name = `matmul ${rows} × ${depth} × ${columns} ${dtype}`;
      const op: Op = { op: 'matmul', x: X, rows, depth, w: Y, dtype, columns, bias, out: OUT, add };
      return { name, op, result: [OUT, rows * columns] };
    }),
  );
}

function attentions(): OpCase[] {
  const sequences = [
    { row: 0, rows: 33 },
    { row: 33, rows: 2 },
    { row: 35, rows: 19 },
  ];
  const kinds = [
    { size: 12, causal: true, window: 0, softCap: 0 },
    { size: 16, causal: false, window: 0, softCap: 0 },
    { size: 6, causal: true, window: 5, softCap: 0.5 },
  ];
  return kinds.map(({ size, causal, window, softCap }) => {
    const common = { q: X, k: Y, v: Z, out: OUT, heads: 4, keyValueHeads: 2, sequences };
    return {
      name: `attend, heads of ${size}${causal ? ', causal' : ''}`,
      op: { op: 'attend', ...common, size, scale: 1.7, softCap, causal, window },
      result: [OUT, 54 * 4 * size],
    };
  });
}

function norms(): OpCase[] {
  const base = { op: 'norm', x: X, weight: Y, rows: 21, width: 77, epsilon: 1e-5 } as const;
  return [
    { name: 'rms norm', op: { ...base, norm: 'rms', out: OUT, bias: undefined, unit: 1 }, result: [OUT, 21 * 77] },
    { name: 'rms norm in place', op: { ...base, norm: 'rms', out: X, bias: undefined, unit: 0 }, result: [X, 21 * 77] },
    { name: 'layer norm', op: { ...base, norm: 'layer', out: OUT, bias: Z, unit: 0 }, result: [OUT, 21 * 77] },
  ];
}

const activations = (['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh'] as const).flatMap((activation): OpCase[] => [
  { name: activation, op: { op: 'activate', activation, x: X, y: undefined, elements: 1001 }, result: [X, 1001] },
  { name: `${activation}, times`, op: { op: 'activate', activation, x: X, y: Y, elements: 999 }, result: [X, 999] },
]);

const gathers = [false, true].map((add): OpCase => {
  const op: Op = { op: 'gather', table: X, tableRows: 13, index: INDEX, out: OUT, rows: 19, width: 30, scale: 3, add };
  return { name: add ? 'gather, added' : 'gather', op, result: [OUT, 19 * 30] };
});

const losses = [0, 5].flatMap((first) =>
  [0, 0.7].map((softCap): OpCase => {
    const base = { op: 'loss', logits: X, rows: 12, columns: 75, targets: INDEX, state: OUT } as const;
    return { name: `loss from ${first}, cap ${softCap}`, op: { ...base, first, softCap }, result: [OUT, 36] };
  }),
);

const stored = (['F32', 'BF16'] as const).map((dtype): OpCase => {
  const inputs = [
    { address: X, dtype: 'BF16' },
    { address: X + 2 ** 14, dtype: 'BF16' },
  ] as const;
  const op: Op = { op: 'merge', inputs, weights: [0.3, 0.7], out: OUT, dtype, elements: 5000 };
  return { name: `merge to ${dtype}`, op, result: [OUT, dtype === 'F32' ? 5000 : 2500] };
});

/** Every kind of op, in shapes that fill no workgroup. */
export const OP_CASES: readonly OpCase[] = [
  ...products(),
  ...attentions(),
  ...norms(),
  ...activations,
  ...gathers,
  ...losses,
  ...stored,
  { name: 'add', op: { op: 'add', x: X, y: Y, elements: 777 }, result: [X, 777] },
  { name: 'convert', op: { op: 'convert', x: X, dtype: 'BF16', out: OUT, elements: 3001 }, result: [OUT, 3001] },
  {
    name: 'rotate',
    op: { op: 'rotate', x: X, rows: 14, heads: 3, size: 16, rotary: 10, table: Y, tableRows: 13, positions: INDEX },
    result: [X, 14 * 48],
  },
];
