import test from 'ava';
import fc from 'fast-check';
import type { Cutoff } from '../../src/plan/kernel/statistics.ts';
import type { Want } from '../../src/plan/methods/work.ts';
import { CutoffsRun } from '../../src/plan/passes/cutoffs-run.ts';
import type { Pass, PassAnswer } from '../../src/plan/passes/statistic-run.ts';

/** What a device says of elements [begin, end), counted one by one. */
function answer({ statistic }: Pass, bits: Uint32Array, begin: number, end: number): PassAnswer {
  const own = bits.subarray(begin, end);
  const numbers: number[] = [];
  if (statistic.kind === 'histogram') {
    const { shift, bits: width } = statistic;
    for (const { prefix } of statistic.targets) {
      const bins = Array.from({ length: 2 ** width }, () => 0);
      for (const one of own) {
        if (prefix !== undefined && Math.floor(one / 2 ** (shift + width)) !== prefix) continue;
        const bin = Math.floor(one / 2 ** shift) % 2 ** width;
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      numbers.push(...bins, own.filter((one) => one === 0).length);
    }
  } else if (statistic.kind === 'locate') {
    for (const target of statistic.targets) {
      const places = [...own.keys()].filter((at) => own[at] === target.bits);
      numbers.push(places[target.nth] ?? -1);
    }
  }
  return { first: begin, elements: end - begin, numbers: Float64Array.from(numbers) };
}

/** Runs to the end over values of one input, cut at `cuts`; also counts the elements read. */
function run(bits: Uint32Array, wants: readonly Want[], cuts: readonly number[]): { cutoffs: Cutoff[]; read: number } {
  const request = { kind: 'cutoffs', value: { kind: 'difference' }, wants } as const;
  const form = { elements: bits.length, shape: [bits.length], inputs: 2 };
  const cutoffs = new CutoffsRun(form, request.value, [request]);
  let read = 0;
  for (let passes = cutoffs.next(); passes.length > 0; passes = cutoffs.next()) {
    const answers = passes.map((pass) => {
      const inner = cuts.filter((cut) => cut > pass.begin && cut < pass.end);
      const ends = [...inner, pass.end];
      return [pass.begin, ...inner].map((begin, i) => answer(pass, bits, begin, ends[i] ?? begin));
    });
    for (const { begin, end } of passes) read += end - begin;
    cutoffs.take(answers);
  }
  const found = cutoffs.answer(request);
  return { cutoffs: found.kind === 'cutoffs' ? [...found.value] : [], read };
}

function within(bits: Uint32Array, { bits: bound, index }: Cutoff): number[] {
  return [...bits.keys()].filter((at) => (bits[at] ?? 0) > bound || (bits[at] === bound && at < index));
}

/** The k largest, equal ones by index: by sorting. */
function largest(bits: Uint32Array, k: number): number[] {
  const order = [...bits.keys()].sort((a, b) => (bits[b] ?? 0) - (bits[a] ?? 0) || a - b);
  return order.slice(0, k).sort((a, b) => a - b);
}

const magnitudes = fc.oneof(
  fc.integer({ min: 0, max: 0x7f7f_ffff }),
  fc.constantFrom(0, 1, 0x3f80_0000, 0x3f80_0001, 0x3f80_0200, 0x3c00_0000),
);

test('exactly the k largest, for any k, values and cuts', (t) => {
  fc.assert(
    fc.property(
      fc.array(magnitudes, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(fc.nat(60), { maxLength: 3 }),
      (values, counts, cuts) => {
        const bits = Uint32Array.from(values);
        const ks = counts.map((count) => Math.min(count, bits.length));
        const wants = ks.map((count): Want => ({ input: 1, most: { count } }));
        const { cutoffs } = run(
          bits,
          wants,
          [...cuts].sort((a, b) => a - b),
        );
        for (const [i, k] of ks.entries()) {
          const cutoff = cutoffs[i] ?? { bits: 0, index: 0 };
          t.deepEqual(within(bits, cutoff), largest(bits, k), `k = ${k} of ${values.join(' ')}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a share of the values that are not zero', (t) => {
  const bits = Uint32Array.from([0, 5, 0, 9, 7, 0, 5, 0]);
  const share = (part: number): number[] => {
    const { cutoffs } = run(bits, [{ input: 1, most: { shareOfNonzeros: part } }], [3]);
    return within(bits, cutoffs[0] ?? { bits: 0, index: 0 });
  };
  t.deepEqual(share(0.5), [3, 4]);
  t.deepEqual(share(0.75), [1, 3, 4]);
  t.deepEqual(share(0.2), []);
});

test('many densities share the passes: three over the tensor, and a look at a chunk for those that end among equals', (t) => {
  const bits = Uint32Array.from({ length: 1000 }, (_, i) => 0x3c00_0000 + 7 * (i % 50));
  const wants = [100, 250, 505, 910].map((count): Want => ({ input: 1, most: { count } }));
  const { cutoffs, read } = run(bits, wants, [250, 500, 750]);
  for (const [i, count] of [100, 250, 505, 910].entries()) {
    t.is(within(bits, cutoffs[i] ?? { bits: 0, index: 0 }).length, count);
  }
  // 100 = 5 values × 20 and 910 − 505 need a look; each look reads 250 elements
  t.is(read, 3 * 1000 + 3 * 250);
});
