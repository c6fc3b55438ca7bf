import { main } from '../../src/cli/main.ts';

// The program of pseudo-terminal.ts: runs commands and marks where each ends.
const commands = JSON.parse(process.env['SWIZZLE_TEST_COMMANDS'] ?? '[]') as string[][];
for (const args of commands) {
  await main(args);
  process.stdout.write(`[end of command ${process.exitCode ?? 0}]\n`);
  process.exitCode = 0;
  // each run adds its own
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
}
