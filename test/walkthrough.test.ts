import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';

const FILE = 'docs/HOW-A-MERGE-RUNS.md';
const REFERENCE = /\[(\w+)\]\(\.\.\/(src\/[^)#]+)#L(\d+)\)/g;
/** How far a declaration may have moved from the line that the page gives. */
const NEAR = 60;

test('the walk through a merge names functions that are where it says', async (t) => {
  let text = await readFile(FILE, 'utf8');
  const references = [...text.matchAll(REFERENCE)];
  t.true(references.length > 20);
  for (const [whole, name = '', path = '', line] of references) {
    const lines = (await readFile(path, 'utf8')).split('\n');
    const declared = new RegExp(`^(export )?(async )?(function\\*?|class|const|interface) ${name}\\b`);
    const found = lines.findIndex((one) => declared.test(one)) + 1;
    if (found === 0) t.fail(`${path} declares no ${name}`);
    if (process.env['UPDATE_DOCS'] !== undefined) text = text.replace(whole, whole.replace(/#L\d+/, `#L${found}`));
    else t.true(Math.abs(found - Number(line)) <= NEAR, `${name}: line ${found}, the page says ${line}`);
  }
  if (process.env['UPDATE_DOCS'] !== undefined) await writeFile(FILE, text);
});
