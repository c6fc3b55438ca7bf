import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { lossLine, lossProgress } from '../../src/cli/progress/loss-progress.ts';

test('a forward pass tells its share, the time left where that is known, and the model', (t) => {
  t.is(lossLine(0.25, 'models/a', 30), 'loss  25 %  30.0 s left  models/a');
  t.is(lossLine(0.07, 'models/a', undefined), 'loss   7 %  models/a');
  t.is(lossLine(1, 'models/a', 0), 'loss 100 %  models/a');
  t.is(lossLine(0.25, 'models/a', 30, 30), 'loss  25 %  30.0 s left');
});

test('the pace is that of what comes after the first stage', async (t) => {
  const lines: string[] = [];
  const status = (line: string): void => void lines.push(line);
  const ignore = (): void => undefined;
  const rest = { note: ignore, print: ignore, printJson: ignore, printText: ignore, complain: ignore };
  const terminal = { isTerminal: true, columns: 80, status, ...rest };
  const told = lossProgress(terminal);
  await sleep(300); // fetching
  told(0.5, 'a');
  const begun = performance.now();
  await sleep(1050);
  const seconds = (performance.now() - begun) / 1000;
  told(0.75, 'a');
  t.is(lines[0], 'loss  50 %  a');
  // a quarter took so long, and a quarter is left
  const [, left] = /^loss {2}75 % {2}(\S+) s left {2}a$/.exec(lines[1] ?? '') ?? [];
  t.true(Math.abs(Number(left) - seconds) < 0.1, `${lines[1]}, expected ${seconds}`);
});
