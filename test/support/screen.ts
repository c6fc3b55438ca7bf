import { execFileSync, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Why there is no terminal to test in; undefined where there is one. */
export const missingTmux: string | undefined =
  spawnSync('tmux', ['-V']).error === undefined ? undefined : 'tmux is not installed';

/** What a terminal showed of a command. */
export interface Shown {
  /** Every screen that was seen while the command ran: its lines, without those empty ones at the end. */
  readonly screens: readonly (readonly string[])[];
  /** All lines at the end, those that scrolled away too. */
  readonly lines: readonly string[];
}

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  /** Called with each screen; returns keys to press, in tmux's words. */
  readonly onScreen?: (lines: readonly string[]) => string | undefined;
}

const END = 'end-of-command';

/** Runs `swizzle` in a real terminal of the given size. */
export async function showOnScreen(args: readonly string[], options: ScreenOptions): Promise<Shown> {
  return showProgram([`${process.cwd()}/dist/cli/bin.cjs`, ...args], options);
}

/** Runs Node with these arguments in a real terminal. */
export async function showProgram(args: readonly string[], { columns, rows, onScreen }: ScreenOptions): Promise<Shown> {
  const server = `swizzle-${process.pid}-${columns}x${rows}-${Math.random().toString(36).slice(2)}`;
  const tmux = (...words: string[]): string =>
    execFileSync('tmux', ['-L', server, '-f', '/dev/null', ...words], { encoding: 'utf8' });
  const quoted = [process.execPath, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const command = `stty -echoctl; ${quoted}; echo ${END} $?; sleep 60`;
  tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, command);
  try {
    // tmux keeps what is wiped from the screen's top in its history; terminals do not
    tmux('set-option', '-g', 'scroll-on-clear', 'off');
    const screens: string[][] = [];
    for (let waited = 0; waited < 60_000; waited += 20) {
      const lines = linesOf(tmux('capture-pane', '-p'));
      if (lines.some((line) => line.startsWith(END))) {
        return { screens, lines: linesOf(tmux('capture-pane', '-p', '-S', '-')) };
      }
      if (lines.join() !== screens.at(-1)?.join()) screens.push(lines);
      const keys = onScreen?.(lines);
      if (keys !== undefined) tmux('send-keys', keys);
      await sleep(20);
    }
    throw new Error(`${args.join(' ')} did not end; last screen:\n${screens.at(-1)?.join('\n')}`);
  } finally {
    tmux('kill-server');
  }
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}
