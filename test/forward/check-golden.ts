import type { ExecutionContext } from 'ava';
import type { ForwardDevice } from '../../src/matrix/device.ts';
import { lossesOf, readGolden, runGolden, worstShare } from './run-golden.ts';

/** Losses to 1e-4, logits and embeddings to 1e-3 of the largest magnitude: fixtures/golden-forward/README.md. */
export async function checkGolden(t: ExecutionContext, name: string, device: ForwardDevice): Promise<void> {
  const golden = readGolden(name);
  const { program, width, values } = await runGolden(name, device);
  const row = (index: number): number[] => [...values.subarray(index * width, (index + 1) * width)];
  if (golden.tokenLoss !== undefined) {
    t.is(program.kind, 'decoder');
    const expected: number[] = golden.tokenLoss.flat();
    const found = lossesOf(values);
    t.is(found.length, expected.length);
    const worst = Math.max(...expected.map((loss, index) => Math.abs(loss - (found[index] ?? Number.NaN))));
    t.log(`${name}: losses within ${worst.toExponential(1)}`);
    t.true(worst <= 1e-4, `${name}: ${worst}`);
    const last = await runGolden(name, device, 'logits');
    const share = worstShare([...last.values], golden.lastLogits?.flat() ?? []);
    t.is(last.values.length, program.vocabulary * golden.windows.length);
    t.true(share <= 1e-3, `${name}: ${share}`);
  } else if (golden.cls !== undefined) {
    t.is(program.kind, 'encoder');
    for (const [index, expected] of golden.cls.entries()) {
      const own = row(index);
      const length = Math.hypot(...own);
      const share = worstShare(
        own.map((value) => value / length),
        expected,
      );
      t.true(share <= 1e-3, `${name}: ${share}`);
    }
  } else {
    t.is(program.kind, 'reranker');
    t.is(values.length, golden.windows.length);
    const share = worstShare([...values], golden.score ?? []);
    t.true(share <= 1e-3, `${name}: ${share}`);
  }
}
