import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { missingTmux, showProgram } from '../support/screen.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const HARMLESS =
  'Warning: maxDynamicXBuffersPerPipelineLayout artificially reduced from 9 to 1 to fit dynamic offset allocation limit.';
const SCRIPT = `import { writeSync } from 'node:fs';
import { withoutHarmlessWarnings } from '${process.cwd()}/build/src/devices/webgpu/native-warnings.js';
console.error('before');
const result = withoutHarmlessWarnings(() => writeSync(2, '${HARMLESS}\\nWarning: real\\n${HARMLESS}\\nand so on'));
console.error('');
try {
  withoutHarmlessWarnings(() => { writeSync(2, 'lost?\\n'); throw new Error('thrown'); });
} catch (error) { console.error(error.message); }
console.error('after', result > 200);`;

testUnless(missingTmux)('harmless warnings stay off the screen, all else is shown', async (t) => {
  const { lines } = await showProgram(['--input-type=module', '-e', SCRIPT], {
    columns: 100,
    rows: 24,
  });
  t.deepEqual(lines, ['before', 'Warning: real', 'and so on', 'lost?', 'thrown', 'after true', 'end-of-command 0']);
});

(process.platform === 'linux' ? test : test.skip)(
  'pipes and files that are appended to get no harmless warnings either; other files keep their order',
  async (t) => {
    const folder = await temporaryFolder(t);
    const run = (redirection: string): string => {
      const script = join(folder, 'script.mjs');
      writeFileSync(script, SCRIPT);
      return execFileSync('sh', ['-c', `"$1" "$2" ${redirection}`, 'sh', process.execPath, script], {
        cwd: folder,
        encoding: 'utf8',
      });
    };
    const shown = 'before\nWarning: real\nand so on\nlost?\nthrown\nafter true\n';
    t.is(run('2>&1 | cat').replaceAll(/\n+/g, '\n'), shown);
    run('2>>log');
    t.is(readFileSync(join(folder, 'log'), 'utf8').replaceAll(/\n+/g, '\n'), shown);
    // a reader that goes at once stops nothing
    t.is(run('2>&1 >/dev/null | true; echo done'), 'done\n');
    t.is(run('2>plain; wc -l < plain; grep -c reduced plain').replaceAll(/\s+/g, ' '), '8 2 ');
  },
);
