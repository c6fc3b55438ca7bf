import type { RetryNotice } from '../../models/hub/request/fetch.ts';
import type { PullEvent } from '../../models/hub/pull.ts';
import type { PushEvent } from '../../models/hub/push.ts';
import { formatBytes, formatSeconds } from '../terminal/format.ts';
import { progressLine } from './progress.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** Shows a pull: a line for every file that is there, and one for all of them that is rewritten or repeated. */
export function pullReporter(terminal: Terminal): (event: PullEvent) => void {
  const line = totalLine(terminal, 'fetching');
  return (event) => {
    if (event.kind === 'start') {
      const cached = event.cached > 0 ? `, ${formatBytes(event.cached)} are in the cache` : '';
      if (event.files > 0) terminal.note(`fetching ${count(event.files)}, ${formatBytes(event.bytes)}${cached}`);
      line.begin(event.bytes);
    } else if (event.kind === 'bytes') {
      line.update(`${event.model}/${event.path}`, event.done, event.size);
    } else {
      terminal.note(`fetched  ${event.model}/${event.path}  ${formatBytes(event.size)}`);
    }
  };
}

/** Shows a push in the same way. */
export function pushReporter(terminal: Terminal): (event: PushEvent) => void {
  const line = totalLine(terminal, 'uploading');
  const finished = new Set<string>();
  return (event) => {
    if (event.kind === 'start') {
      terminal.note(`uploading ${count(event.files)}, ${formatBytes(event.bytes)}`);
      line.begin(event.bytes);
      return;
    }
    const { path, doing, done, size } = event;
    if (doing !== 'uploading') return;
    line.update(path, done, size);
    if (done < size || finished.has(path)) return;
    finished.add(path);
    terminal.note(`uploaded ${path}  ${formatBytes(size)}`);
  };
}

/** Says that a request is tried again, and why. */
export function retryReporter(terminal: Terminal): (notice: RetryNotice) => void {
  return ({ url, reason, delayMs }) => {
    terminal.note(`${url}: ${reason}, trying again in ${formatSeconds(delayMs / 1000)}`);
  };
}

function count(files: number): string {
  return `${files} file${files === 1 ? '' : 's'}`;
}

/** One line for all files together, with the file that moved last. */
function totalLine(
  terminal: Terminal,
  doing: string,
): { begin(bytes: number): void; update(name: string, done: number, size: number): void } {
  const doneOf = new Map<string, number>();
  let [total, started, shownAt, resumed] = [0, 0, 0, 0];
  return {
    begin(bytes) {
      [total, started] = [bytes, performance.now()];
      shownAt = started;
    },
    update(name, done, size) {
      // what was there at the start is done, but not at this rate
      if (!doneOf.has(name)) resumed += done;
      doneOf.set(name, done);
      const now = performance.now();
      if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
      shownAt = now;
      const sum = [...doneOf.values()].reduce((a, b) => a + b, 0);
      const share = `${Math.floor((100 * done) / Math.max(size, 1))} %`;
      const moved = {
        verb: doing,
        done: sum,
        total,
        before: resumed,
        seconds: (now - started) / 1000,
        about: `${name} ${share}`,
      };
      if (terminal.isTerminal) terminal.status(progressLine(moved, terminal.columns - 1));
      else terminal.note(progressLine(moved, Infinity));
    },
  };
}
