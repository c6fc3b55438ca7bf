import { execFileSync, spawnSync } from 'node:child_process';
import test from 'ava';
import { swizzle } from '../support/command.ts';

function completed(script: string, words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _swizzle; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', ask], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '');
}

test('bash completes commands and their options', async (t) => {
  const { stdout } = await swizzle(['completion', 'bash']);
  t.deepEqual(completed(stdout, ['swizzle', 'me']), ['merge', 'methods']);
  t.deepEqual(completed(stdout, ['swizzle', 'merge', 'a.yml', '--dr']), ['--dry-run']);
  t.deepEqual(completed(stdout, ['swizzle', 'diff', '--tol']), ['--tolerance']);
  t.deepEqual(completed(stdout, ['swizzle', 'help', 'sw']), ['sweep']);
});

test('zsh and fish get scripts that they can read', async (t) => {
  for (const shell of ['zsh', 'fish']) {
    const { stdout, code } = await swizzle(['completion', shell]);
    t.is(code, 0);
    t.regex(stdout, /tolerance/);
    const checked = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
    if (checked.error !== undefined) t.log(`${shell} is not installed: its script was not read`);
    else t.is(checked.stderr, '');
  }
});
