import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { encodeHeader } from '../../src/models/checkpoint/header/encode-header.ts';
import { byteLength } from '../../src/dtype.ts';
import { missingTmux, showOnScreen } from '../support/screen.ts';
import { sweepFolder } from '../support/sweep-folder.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const onTerminal = testUnless(missingTmux);

/** A model that takes no room on disk, since all its values are zero. */
async function emptyModel(t: ExecutionContext, elements: number): Promise<string> {
  const folder = join(await temporaryFolder(t), 'model');
  await mkdir(folder);
  const header = encodeHeader([{ name: 'w', dtype: 'F32', shape: [elements] }], {});
  const path = join(folder, 'model.safetensors');
  await writeFile(path, header);
  await truncate(path, header.byteLength + byteLength('F32', elements));
  await writeFile(join(folder, 'config.json'), '{}');
  return folder;
}

for (const columns of [40, 80, 200]) {
  onTerminal(`progress at ${columns} columns keeps percent, rate and time left`, async (t) => {
    const model = await emptyModel(t, 64 * 2 ** 20);
    const out = join(await temporaryFolder(t), 'out');
    const args = ['convert', model, '--dtype', 'float16', '--device', 'cpu', '--lanes', '1', '-o', out];
    const { screens, lines } = await showOnScreen([...args, '--chunk-size', '1MiB'], { columns, rows: 24 });
    const progress = screens.flat().filter((line) => line.includes('%'));
    t.true(progress.length > 0, 'no progress was seen');
    for (const line of progress) {
      t.regex(line, /\d+ % .*\d\.\d+ [GM]B\/s( {2}.* left)?$/);
      t.is(line.includes(' of 384.0 MiB'), columns > 60, line);
    }
    t.false(
      lines.some((line) => line.includes('%')),
      'progress stays on the screen',
    );
    t.is(lines.at(-1), 'end-of-command 0');
  });
}

for (const rows of [10, 40]) {
  onTerminal(`a sweep's table on 60 columns and ${rows} rows stays on the screen and keeps the scores`, async (t) => {
    const scorer = `const [, n] = /share-([^_]*)/.exec(process.argv[1]); setTimeout(() => console.log(JSON.stringify({ loss: Number(n) })), 30)`;
    const rest = `axes: { share: { linspace: { from: 0.001, to: 0.9, count: 24 } } }
score: { command: [${process.execPath}, -e, ${JSON.stringify(scorer)}, '{variant}', '{model}'], concurrency: 3 }
objective: { metric: loss }
`;
    const { folder, file } = await sweepFolder(t, rest);
    const args = ['sweep', file, '-o', join(folder, 'out'), '--device', 'cpu'];
    const { screens, lines } = await showOnScreen(args, { columns: 60, rows });
    const tables = screens.filter(([first]) => /^\d+ of 24 scored/.test(first ?? ''));
    t.true(tables.length > 2, `${tables.length} tables were seen`);
    for (const table of tables) t.true(table.length < rows, table.join('\n'));
    t.regex(tables.at(-1)?.[1] ?? '', /^loss +state +variant$/);
    t.regex(tables.at(-1)?.[2] ?? '', /^0\.001\d* +scored +share \.001/);
    // nothing of any table is left, neither on the screen nor above it
    t.deepEqual(
      lines.filter((line) => / of 24 scored|scoring/.test(line)),
      [],
    );
    t.is(lines.at(-1), 'end-of-command 0');
  });
}

onTerminal('after Ctrl-C one line says that the same command goes on', async (t) => {
  const rest = `axes: { share: [0.1, 0.2, 0.3] }
score: { command: [sleep, '30'] }
objective: { metric: loss }
`;
  const { folder, file } = await sweepFolder(t, rest);
  let pressed = false;
  const { lines } = await showOnScreen(['sweep', file, '-o', join(folder, 'out'), '--device', 'cpu'], {
    columns: 80,
    rows: 24,
    onScreen(screen) {
      if (pressed || !screen.some((line) => line.includes('scoring'))) return undefined;
      pressed = true;
      return 'C-c';
    },
  });
  t.is(lines.filter((line) => line === 'stopped; the same command goes on where it was').length, 1);
  t.is(lines.at(-1), 'end-of-command 130');
});
