import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dtype } from '../src/dtype.ts';
import { makeCheckpoint, type MadeCheckpoint } from './inputs/make-checkpoint.ts';
import { shapeBytes, type Shape } from './inputs/shape.ts';

/** The folder that a benchmark works in, removed at its end. */
export class Workplace implements Disposable {
  readonly folder: string;
  readonly #made = new Map<string, MadeCheckpoint>();

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.folder = mkdtempSync(join(directory, 'swizzle-bench-'));
  }

  /** As Bench.checkpoint; the same one is made once. */
  checkpoint(shape: Shape, dtype: Dtype, seed: number): MadeCheckpoint {
    const { tensors } = shape;
    const name = `${dtype}-${seed}-${tensors.length}-${shapeBytes(shape, dtype)}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = makeCheckpoint(join(this.folder, name), shape, dtype, seed);
    this.#made.set(name, made);
    return made;
  }

  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  free(): number {
    return freeBytes(this.folder);
  }

  /** Removes all inputs: a case begins with room. */
  clear(): void {
    this.#made.clear();
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** /dev/shm where `needed` bytes fit into it, else the system's temporary directory. */
export function defaultDirectory(needed: number): string {
  return existsSync('/dev/shm') && freeBytes('/dev/shm') > needed ? '/dev/shm' : tmpdir();
}
