import test, { type ExecutionContext } from 'ava';

/** Declares a test, one of a file at a time; or, where something is missing, a skipped one whose title says what. */
export function testUnless(
  missing: string | undefined,
): (title: string, body: (t: ExecutionContext) => Promise<void>) => void {
  return (title, body) => {
    if (missing === undefined) test.serial(title, body);
    else test.skip(`${title} (skipped: ${missing})`, body); // the reason is in the title, which the runner prints
  };
}
