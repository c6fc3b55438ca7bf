/** SWIZZLE_TEST_CASES=all, as in CI: every case of the large tables, more random cases. */
export const ALL_CASES: boolean = process.env['SWIZZLE_TEST_CASES'] === 'all';

/**
 * Every `step`-th case of a table, or all of them. A step that shares no factor with the table's dimensions meets every value of each.
 * @param step at least 1
 */
export function sampled<Case>(cases: Iterable<Case>, step: number): Case[] {
  return [...cases].filter((_, index) => ALL_CASES || index % step === 0);
}

/** Whether the case at `index` also runs on the GPUs: every case with SWIZZLE_TEST_CASES=all, else every fourth. */
export function testsOnGpu(index: number): boolean {
  return ALL_CASES || index % 4 === 0;
}

/** How many random cases to run: all of them, or a share. */
export function sampleSize(all: number, share: number): number {
  return ALL_CASES ? all : Math.max(1, Math.round(all * share));
}
