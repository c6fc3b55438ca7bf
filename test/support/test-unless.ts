import test, { type ExecutionContext } from 'ava';

/** Declares a test, one of a file at a time; or, where something is missing, a skipped one whose title says what. */
export function testUnless(
  missing: string | undefined,
): (title: string, body: (t: ExecutionContext) => Promise<void>) => void {
  // a skip always has its reason in the title, which the runner prints
  return (title, body) =>
    missing === undefined ? test.serial(title, body) : test.skip(`${title} (skipped: ${missing})`, body);
}
