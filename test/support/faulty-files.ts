import type { FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type LocalSource, openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import { openRegular } from '../../src/regular-file.ts';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { Device } from '../../src/devices/device.ts';
import { type OutputCalls, SYSTEM_CALLS } from '../../src/run/output/files.ts';
import { type Faults, half, systemError } from './faults.ts';

const HANDLE_CALLS: ReadonlySet<string | symbol> = new Set([
  'appendFile',
  'close',
  'datasync',
  'read',
  'stat',
  'sync',
  'truncate',
  'write',
]);

/** Sources, sinks and a cpu device, all of whose operations on files are counted and have faults. */
export class FaultyFiles {
  readonly calls: OutputCalls;
  /** The operation that had the fault, where the main thread did it: "write /path". */
  hit: string | undefined;
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
    const of = <A extends [unknown, ...unknown[]], R>(name: string, call: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        await this.#befall(`${name} ${String(args[0])}`);
        return call(...args);
      };
    };
    const open = async (...args: Parameters<OutputCalls['open']>): Promise<FileHandle> => {
      await this.#befall(`open ${String(args[0])}`);
      return this.#handle(await SYSTEM_CALLS.open(...args), String(args[0]));
    };
    this.calls = {
      open,
      copyFile: of('copyFile', SYSTEM_CALLS.copyFile),
      mkdir: of('mkdir', SYSTEM_CALLS.mkdir) as OutputCalls['mkdir'],
      rename: of('rename', SYSTEM_CALLS.rename),
      writeFile: of('writeFile', SYSTEM_CALLS.writeFile),
    };
  }

  openSource(path: string): Promise<LocalSource> {
    return openLocalSource(path, async (name) => {
      await this.#befall(`open ${name}`);
      const { file, info } = await openRegular(name);
      return { file: this.#handle(file, name), info };
    });
  }

  /** Its threads read and write with faults, too. */
  cpuDevice(): Device {
    return createCpuDevice(() => {
      const worker = new Worker(new URL('./faulty-worker.js', import.meta.url), { workerData: this.#faults.buffer });
      worker.on('error', () => undefined);
      return worker;
    });
  }

  /** @throws the fault. @returns whether fewer bytes are moved */
  async #befall(what: string): Promise<boolean> {
    const { code, afterMs, isShort } = this.#faults.next();
    if (afterMs > 0) await sleep(afterMs);
    else if (code !== undefined || isShort) this.hit = what;
    if (code !== undefined) throw systemError(code);
    return isShort;
  }

  #handle(file: FileHandle, path: string): FileHandle {
    return new Proxy(file, {
      get: (target, key: keyof FileHandle) => {
        const value: unknown = target[key];
        if (typeof value !== 'function') return value;
        const call = value as (...args: unknown[]) => Promise<unknown>;
        if (!HANDLE_CALLS.has(key)) return call.bind(target);
        return async (...args: unknown[]): Promise<unknown> => {
          // a file whose closing fails is closed all the same
          if (key === 'close') await call.apply(target, args);
          const isShort = await this.#befall(`${String(key)} ${path}`);
          if (key === 'close') return undefined;
          if (isShort && typeof args[2] === 'number') args[2] = half(args[2]);
          return call.apply(target, args);
        };
      },
    });
  }
}
