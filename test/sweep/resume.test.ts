import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { sweepFolder } from '../support/sweep-folder.ts';

const SCORER = `
import { readFileSync } from 'node:fs';
const bytes = readFileSync(process.argv[2] + '/model.safetensors');
setTimeout(() => console.log(JSON.stringify({ loss: bytes.reduce((sum, byte) => sum + byte, 0) })), 50);
`;

async function scoredSweep(t: Parameters<typeof sweepFolder>[0]): Promise<{ folder: string; file: string }> {
  const { folder, file } = await sweepFolder(t, '');
  const script = join(folder, 'score.mjs');
  await writeFile(script, SCORER);
  const shares = Array.from({ length: 8 }, (_, i) => i / 4).join(', ');
  const score = `score: { command: [node, ${script}, '{model}'] }\nobjective: { metric: loss }\nkeep: 3\n`;
  await writeFile(file, `${await readFile(file, 'utf8')}axes: { share: [${shares}] }\n${score}`);
  return { folder, file };
}

async function events(out: string): Promise<{ event: string; variant: string }[]> {
  const lines = (await readFile(join(out, 'sweep.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as { event: string; variant: string });
}

test('after Ctrl-C, exit code 130, the same command goes on, and ends with the same leaderboard', async (t) => {
  const { folder, file } = await scoredSweep(t);
  const run = (out: string) => ['sweep', file, '-o', join(folder, out), '--device', 'cpu'];
  const whole = await swizzle(run('whole'));
  t.is(whole.code, 0, whole.stderr);

  const broken = swizzleUntil(run('stopped'), join(folder, 'stopped', 'sweep.jsonl'), 'SIGINT');
  t.is((await broken).code, 130);
  const before = (await events(join(folder, 'stopped'))).filter(({ event }) => event === 'scored').length;
  t.true(before >= 3 && before < 8, `${before} were scored`);

  const again = await swizzle(run('stopped'));
  t.is(again.code, 0, again.stderr);
  const all = (await events(join(folder, 'stopped'))).filter(({ event }) => event === 'scored');
  t.is(all.length, 8, 'none is scored twice');
  t.is(new Set(all.map(({ variant }) => variant)).size, 8);
  for (const name of ['leaderboard.csv', 'leaderboard.json']) {
    const expected = await readFile(join(folder, 'whole', name), 'utf8');
    t.is(await readFile(join(folder, 'stopped', name), 'utf8'), expected);
  }
});

/** Runs the command and sends it `signal` once three variants are scored. */
async function swizzleUntil(args: readonly string[], log: string, signal: NodeJS.Signals): ReturnType<typeof swizzle> {
  let kill: ((signal: NodeJS.Signals) => void) | undefined;
  const running = swizzle(args, { onStart: (send) => (kill = send) });
  const watch = setInterval(() => {
    void readFile(log, 'utf8').then(
      (text) => {
        if (text.split('"event":"scored"').length <= 3) return;
        // once: the second one ends a run at once
        clearInterval(watch);
        kill?.(signal);
        kill = undefined;
      },
      () => undefined,
    );
  }, 10);
  return running.finally(() => clearInterval(watch));
}
