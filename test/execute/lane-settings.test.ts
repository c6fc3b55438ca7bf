import test from 'ava';
import type { Device, LaneHabit } from '../../src/devices/device.ts';
import { chooseLanes } from '../../src/run/execute/lane-settings.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import type { Plan } from '../../src/plan/plan.ts';

const MIB = 2 ** 20;

const GPU: LaneHabit = { lanes: 4, chunkBytes: 16 * MIB, laneBytes: 48 * MIB };

function device(habit: LaneHabit): Device {
  return { habit, limits: { inputBytes: 2 ** 30, outputBytes: 2 ** 30 } } as Device;
}

function planOf(inputs: number, outputs: number): Plan {
  const elements = 2 ** 30;
  const span: Chunk = {
    kernel: 'weighted_sum',
    elements,
    inputs: Array.from({ length: inputs }, () => ({ dtype: 'BF16', ranges: [] })),
    outputs: Array.from({ length: outputs }, (_, file) => ({ dtype: 'BF16', file, begin: 0, weights: [] })),
    onOverflow: 'inf',
    tensors: [{ name: 'weight', end: elements }],
  };
  return { spans: [span], jobs: [] } as unknown as Plan;
}

test('a lane holds the same however many operands there are', (t) => {
  const chosen = (inputs: number, outputs: number) => chooseLanes(planOf(inputs, outputs), [device(GPU)], {});
  t.deepEqual(chosen(2, 1), { lanes: 4, chunkBytes: 16 * MIB, residentBytes: 0, memory: 4 * 48 * MIB });
  t.deepEqual(chosen(2, 8), { lanes: 4, chunkBytes: 4 * MIB, residentBytes: 0, memory: 4 * 40 * MIB });
  t.deepEqual(chosen(8, 1), { lanes: 4, chunkBytes: 4 * MIB, residentBytes: 0, memory: 4 * 36 * MIB });
  t.deepEqual(
    chosen(100, 1),
    { lanes: 4, chunkBytes: MIB, residentBytes: 0, memory: 4 * 101 * MIB },
    'but no operand is tiny',
  );
});

test('without a bound on lanes, chunks are as large as the device likes', (t) => {
  const habit = { lanes: 6, chunkBytes: 4 * MIB, laneBytes: Infinity };
  t.deepEqual(chooseLanes(planOf(2, 1), [device(habit)], {}), {
    lanes: 6,
    chunkBytes: 4 * MIB,
    residentBytes: 0,
    memory: 72 * MIB,
  });
});

test('what the user says holds; --memory makes chunks smaller first, then lanes fewer', (t) => {
  const choose = (wishes: Parameters<typeof chooseLanes>[2]) => chooseLanes(planOf(2, 1), [device(GPU)], wishes);
  t.deepEqual(choose({ chunkBytes: 64 * MIB, lanes: 2 }), {
    lanes: 2,
    chunkBytes: 64 * MIB,
    residentBytes: 0,
    memory: 384 * MIB,
  });
  t.deepEqual(choose({ memory: 50 * MIB }), { lanes: 4, chunkBytes: 4 * MIB, residentBytes: 0, memory: 48 * MIB });
  t.deepEqual(choose({ memory: 2 ** 19 }), { lanes: 2, chunkBytes: 65_536, residentBytes: 0, memory: 2 * 3 * 65_536 });
  t.throws(() => choose({ memory: 1000 }), {
    code: 'space',
    message: /one lane of the smallest chunk takes 196608 bytes/,
  });
});
