import type { ByteSource, OpenSource } from '../../elements/byte-source.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { MadeColumnFactors, MadeFactors } from '../checkpoint/made-rows.ts';
import { makeFactors } from './made-factors.ts';

/** Every chunk of a weight wants all of its factors, and chunks come in the order of the weights: those of the last few are kept. */
export class KeptFactors {
  readonly #kept = new Map<string, Promise<Uint8Array>>();

  get(label: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = this.#kept.get(label) ?? make();
    this.#kept.delete(label);
    this.#kept.set(label, bytes);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return bytes;
  }
}

/** More than lanes that work at a time on different weights. */
const MOST_KEPT = 32;

/** A source of factors that are made from a weight and the adapter over it, when they are first read. */
export async function openFactors(
  label: string,
  made: MadeFactors | MadeColumnFactors,
  open: (path: string) => Promise<OpenSource>,
  kept: KeptFactors,
): Promise<OpenSource> {
  const stack = new ResourceStack();
  const sources = new Map<string, ByteSource>();
  const matrices = [made.weight, made.a, made.b, ...(made.kind === 'column_factors' ? [made.magnitude] : [])];
  const paths = new Set(matrices.flatMap(({ ranges }) => ranges.map(({ file }) => file)));
  try {
    for (const path of paths) sources.set(path, stack.use(await open(path)));
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  return {
    label,
    fd: undefined,
    async read(target, position, signal) {
      // the first reader's signal is not that of others who wait for the same
      const bytes = await kept.get(label, () =>
        makeFactors(made, ({ file }, part, at) => sources.get(file)?.read(part, at)),
      );
      signal?.throwIfAborted();
      target.set(bytes.subarray(position, position + target.byteLength));
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
