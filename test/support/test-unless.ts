import test, { type ExecutionContext } from 'ava';

/**
 * Declares a test, one of a file at a time; or, where something is missing, a skipped one: a device, a program or a file system that
 * a machine does not have is no failure, and the runner prints what it is with the title.
 */
export function testUnless(
  missing: string | undefined,
): (title: string, body: (t: ExecutionContext) => Promise<void>) => void {
  return (title, body) => {
    if (missing === undefined) test.serial(title, body);
    // the reason stands in the title, which the runner prints
    else test.skip(`${title} (skipped: ${missing})`, body);
  };
}
