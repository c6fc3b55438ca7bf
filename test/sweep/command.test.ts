import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { commandScorer } from '../../src/sweep/score/command.ts';
import { ScoreFailure, type Scored, type ScoreRequest } from '../../src/sweep/score/scorer.ts';
import type { CommandScore } from '../../src/sweep/file/spec.ts';
import { variantOf } from '../../src/sweep/axes/variant.ts';
import { temporaryFolder } from '../support/temporary.ts';

const request = (folder = 'some/folder', signal = new AbortController().signal): ScoreRequest => {
  return { variant: variantOf({ weight: '$w' }, { w: 1 }), folder, signal };
};

function score(script: string, more: Partial<CommandScore> = {}, folder?: string): Promise<Scored | undefined> {
  const command = [process.execPath, '-e', script, '{model}', '{variant}'];
  return commandScorer({ kind: 'command', command, concurrency: 1, timeout: 30, retries: 0, ...more }).score(
    request(folder),
  );
}

async function failure(promise: Promise<unknown>): Promise<ScoreFailure> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ScoreFailure) return error;
  throw new Error(`expected a ScoreFailure, found ${String(error)}`);
}

test('the last line of standard output counts; {model} and {variant} are filled in', async (t) => {
  const script = `console.log('{"loss": 9}'); console.error('noise'); console.log(JSON.stringify({
    folder: Number(process.argv[1] === 'some/folder'), variant: Number(/^w-1_[0-9a-f]{8}$/.test(process.argv[2])) }) + '\\n\\n')`;
  t.deepEqual(await score(script), { scores: { folder: 1, variant: 1 }, attempts: 1 });
});

test('what a scorer may do wrong', async (t) => {
  const cases: [script: string, message: RegExp][] = [
    [`console.log('{"loss": 1}'); process.exit(4)`, / ended with code 4, expected 0$/],
    [`process.kill(process.pid, 'SIGSEGV')`, / was ended by SIGSEGV$/],
    [`console.log('done')`, /^expected a JSON object of numbers on the last line of its output, found "done"$/],
    [`console.log('[1]')`, /^expected a JSON object of numbers .* found "\[1\]"$/],
    [`console.log('{"loss": "low"}')`, /^expected a number for "loss", found "low"$/],
    [`console.log('{}')`, /^expected at least one number/],
    ['', /^expected a JSON object of numbers .* found ""$/],
  ];
  for (const [script, message] of cases) t.regex((await failure(score(script))).message, message, script);
  const { message } = await failure(score('', { command: ['no-such-program-anywhere'] }));
  t.regex(message, /^no-such-program-anywhere cannot be started: no such program$/);
});

test('a hanging scorer is ended with its children, and its output is kept', async (t) => {
  const script = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log(child.pid); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
  const started = performance.now();
  const { message, output } = await failure(score(script, { timeout: 1 }));
  t.regex(message, / ran longer than 1 s and was ended$/);
  t.true(performance.now() - started < 15_000);
  const pid = Number(output.trim());
  t.true(pid > 1);
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('retries: a scorer that succeeds the second time, and one that never does', async (t) => {
  const folder = await temporaryFolder(t);
  const script = `const fs = require('fs'), path = process.argv[1] + '/tries'; const n = fs.existsSync(path) ? Number(fs.readFileSync(path)) : 0;
    fs.writeFileSync(path, String(n + 1)); if (n < 1) process.exit(1); console.log(JSON.stringify({ tries: n + 1 }))`;
  t.deepEqual(await score(script, { retries: 2 }, folder), { scores: { tries: 2 }, attempts: 2 });
  t.is((await failure(score('process.exit(1)', { retries: 2 }))).attempts, 3);
});

test('an interruption ends the program, and is what is thrown', async (t) => {
  const controller = new AbortController();
  const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const scorer = commandScorer({ kind: 'command', command, concurrency: 1, timeout: 60, retries: 5 });
  t.false(scorer.needsFolder);
  setTimeout(() => controller.abort(new SwizzleError('usage', 'stop')), 300);
  await t.throwsAsync(scorer.score(request('', controller.signal)), { message: 'stop' });
});
