// Copies the declarations that the public API needs, and no others, from dist/ to dist/types/, which the package ships.
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const needed = new Set();

function visit(file) {
  if (needed.has(file) || !existsSync(file)) return;
  needed.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']*)\.ts'/g)) {
    visit(join(dirname(file), `${path}.d.ts`));
  }
}

visit(join('dist', 'index.d.ts'));
rmSync('dist/types', { recursive: true, force: true });
for (const file of needed) cpSync(file, join('dist/types', relative('dist', file)));
