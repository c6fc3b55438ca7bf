import test from 'ava';
import { firstError, SwizzleError } from '../src/errors.ts';

function failing(message: string): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.reject(new SwizzleError('io', message)) };
}

test('what went wrong first is told, whatever fails on the way out', async (t) => {
  const run = async (): Promise<void> => {
    await using _outer = failing('outer');
    await using _inner = failing('inner');
    throw new SwizzleError('usage', 'first');
  };
  const thrown: unknown = await run().catch((error: unknown) => error);
  t.false(thrown instanceof SwizzleError);
  const first = firstError(thrown);
  t.true(first instanceof SwizzleError && first.message === 'first' && first.exitCode === 2);
  t.is(firstError(first), first);
});
