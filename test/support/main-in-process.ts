import { main } from '../../src/cli/main.ts';

/** What a command printed, both streams as they came, and its exit code. */
export interface Printed {
  readonly text: string;
  readonly code: number;
}

/** Runs the command line in this process: for many commands that end soon. One at a time. */
export async function runInProcess(args: readonly string[]): Promise<Printed> {
  const { stdout, stderr } = process;
  const before = [stdout.write, stderr.write] as const;
  const listeners = [stdout.listeners('error'), stderr.listeners('error')] as const;
  let text = '';
  const write = (chunk: string | Uint8Array): boolean => {
    text += String(chunk);
    return true;
  };
  Object.assign(stdout, { write });
  Object.assign(stderr, { write });
  try {
    await main(args);
    return { text, code: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = undefined;
    for (const [index, stream] of [stdout, stderr].entries()) {
      Object.assign(stream, { write: before[index] });
      for (const one of stream.listeners('error')) {
        if (!listeners[index]?.includes(one)) stream.off('error', one as () => void);
      }
    }
  }
}
