import type { HubOptions } from '../../models/hub/hub-models.ts';
import { pullReporter, retryReporter } from '../progress/hub-progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The Hub as this process's environment has it, its progress on the terminal. */
export function hubOptions(terminal: Terminal, stream = false): HubOptions {
  return {
    env: process.env,
    stream,
    onPull: pullReporter(terminal),
    onRetry: retryReporter(terminal),
    onNotice: (text) => terminal.note(text),
  };
}
