import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { FileCalls } from '../../src/devices/thread/protocol.ts';
import { serveLane } from '../../src/devices/cpu/serve-lane.ts';
import { Faults, half, systemError } from './faults.ts';

// The entry of a lane's thread whose reads and writes fail where its Faults say so.
const faults = new Faults(workerData as SharedArrayBuffer);

function faulty(call: FileCalls['read']): FileCalls['read'] {
  return (fd, memory, offset, length, position) => {
    const { code, afterMs, isShort } = faults.next();
    if (afterMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, afterMs);
    if (code !== undefined) throw systemError(code);
    return call(fd, memory, offset, isShort ? half(length) : length, position);
  };
}

if (parentPort !== null) serveLane(parentPort, { read: faulty(readSync), write: faulty(writeSync) });
