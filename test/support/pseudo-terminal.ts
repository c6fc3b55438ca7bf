import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Why there is no pseudo-terminal to test in; undefined where there is one. Only util-linux's `script` has -e and -c. */
export const missingScript: string | undefined =
  spawnSync('script', ['-qec', 'true', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  }).status === 0
    ? undefined
    : 'script of util-linux is not installed';

/** What one command wrote to a terminal, byte for byte, and its exit code. */
export interface Written {
  readonly text: string;
  readonly code: number;
}

const END = /\[end of command (\d+)\]\r?\n/;

/**
 * Runs commands of `swizzle` one after the other in one process whose streams are a pseudo-terminal of so many columns.
 * @returns what each wrote, control sequences included, the escape character as ␛ and line ends as \n
 */
export async function writtenToTerminal(
  commands: readonly (readonly string[])[],
  columns: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Written[]> {
  const program = `${process.cwd()}/build/test/support/run-commands.js`;
  const line = `stty rows 24 columns ${columns} -echoctl; '${process.execPath}' '${program}'`;
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...own } = process.env;
  const { stdout } = await promisify(execFile)('script', ['-qec', line, '/dev/null'], {
    env: { ...own, TERM: 'xterm-256color', ...env, SWIZZLE_TEST_COMMANDS: JSON.stringify(commands) },
    maxBuffer: 16 * 2 ** 20,
  });
  const parts = stdout.split(END);
  return commands.map((_command, index) => ({
    text: (parts[2 * index] ?? '').replaceAll('\r\n', '\n').replaceAll('\u001b', '␛'),
    code: Number(parts[2 * index + 1]),
  }));
}
