import { spawnSync } from 'node:child_process';
import { missingTmux, showProgram } from '../support/screen.ts';
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
  // a file gets everything
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' });
  t.is(stderr.split(HARMLESS).length, 3);
});
