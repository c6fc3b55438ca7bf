import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCode } from '../../errors.ts';

/** A process, so that another one can tell whether it still runs. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Boot of the system and start of the process in ticks since then; empty where the system does not say. */
  readonly born: string;
  /** The process ids' namespace: a container counts for itself. Empty where the system has none. */
  readonly namespace: string;
}

/** 'elsewhere': on another machine or in another container, where it cannot be seen from here. */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

/** The running process. */
export async function thisProcess(): Promise<Owner> {
  return { pid: process.pid, host: hostname(), born: (await bornOf(process.pid)) ?? '', namespace: await namespace() };
}

/** Whether a process still runs. One that only waits to be reaped by its parent does not. */
export async function stateOfOwner({ pid, host, born, namespace: its }: Owner): Promise<OwnerState> {
  if (host !== hostname() || its !== (await namespace())) return 'elsewhere';
  const [boot] = born.split(' ');
  if (born !== '' && boot !== (await bootId())) return 'dead';
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (systemCode(cause) === 'ESRCH') return 'dead';
  }
  const now = await bornOf(pid);
  return now === born || (now === '' && born === '') ? 'alive' : 'dead';
}

/** An owner from its JSON, or undefined where the value is none. */
export function parseOwner(value: unknown): Owner | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, born, namespace } = value as Partial<Record<string, unknown>>;
  const whole = typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0;
  if (!whole || typeof host !== 'string' || typeof born !== 'string' || typeof namespace !== 'string') return undefined;
  return { pid, host, born, namespace };
}

/** "BOOT TICKS"; empty where there is no /proc, undefined where the process is gone. */
async function bornOf(pid: number): Promise<string | undefined> {
  const boot = await bootId();
  if (boot === '') return '';
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // the name stands in brackets and may hold anything
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || /^[ZX]/.test(fields[0] ?? '')) return undefined;
  return `${boot} ${fields[19]}`;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}

async function namespace(): Promise<string> {
  return readlink('/proc/self/ns/pid').catch(() => '');
}
