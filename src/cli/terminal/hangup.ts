import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Whether the process was started so that a closed terminal does not end it, as by nohup. Node gives every signal its
 * usual effect back when it starts, so that the system cannot be asked any more; traces tell: the shell's name for the
 * command, nohup's redirections, a parent that ignores the signal itself.
 */
export function isHangupIgnored(): boolean {
  if (process.platform === 'win32') return false;
  return basename(process.env['_'] ?? '') === 'nohup' || hasStreamsOfNohup() || isIgnoredByParent();
}

/** Lets a closed terminal pass where nohup asked for that. */
export function keepHangupIgnored(): void {
  if (isHangupIgnored()) process.on('SIGHUP', () => undefined);
}

/** nohup sends output to nohup.out, and gives a process that had a terminal to read from /dev/null, open for writing. */
function hasStreamsOfNohup(): boolean {
  const outputs = [1, 2].map((fd) => linkOf(`/proc/self/fd/${fd}`));
  if (outputs.some((path) => basename(path) === 'nohup.out')) return true;
  const [, flags] = /^flags:\s*([0-7]+)/m.exec(textOf('/proc/self/fdinfo/0')) ?? [];
  return linkOf('/proc/self/fd/0') === '/dev/null' && (Number.parseInt(flags ?? '0', 8) & 3) === 1;
}

function isIgnoredByParent(): boolean {
  const [, mask] = /^SigIgn:\s*([0-9a-f]+)/m.exec(textOf(`/proc/${process.ppid}/status`)) ?? [];
  // SIGHUP is 1, the lowest bit
  return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
