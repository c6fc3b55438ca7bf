import type { Dtype } from '../dtype.ts';
import { coarser, elementReader, unitInLastPlace } from './decode.ts';

/** How far two tensors of the same shape are apart. NaN against NaN is equal; NaN against a number is infinitely far. */
export interface TensorDifference {
  readonly elements: number;
  /** Elements with the same value (-0 equals 0). */
  readonly identical: number;
  readonly maxAbsolute: number;
  /** Largest |a − b| / max(|a|, |b|). */
  readonly maxRelative: number;
  /** Largest |a − b| in units in the last place of the coarser dtype at that magnitude. */
  readonly maxUlp: number;
  /** Largest magnitude of a finite value in either tensor. */
  readonly magnitude: number;
}

/** Compares two tensors block by block. */
export class TensorComparer {
  readonly #a: Dtype;
  readonly #b: Dtype;
  #elements = 0;
  #identical = 0;
  #maxAbsolute = 0;
  #maxRelative = 0;
  #maxUlp = 0;
  #magnitude = 0;

  constructor(a: Dtype, b: Dtype) {
    this.#a = a;
    this.#b = b;
  }

  /** Adds `elements` elements of each. */
  add(a: Uint8Array, b: Uint8Array, elements: number): void {
    const [readA, readB] = [elementReader(this.#a, a), elementReader(this.#b, b)];
    for (let index = 0; index < elements; index++) this.#one(readA(index), readB(index));
    this.#elements += elements;
  }

  #one(a: number, b: number): void {
    const larger = Math.max(Math.abs(a), Math.abs(b));
    if (Number.isFinite(larger) && larger > this.#magnitude) this.#magnitude = larger;
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
      this.#identical += 1;
      return;
    }
    const distance = Number.isFinite(larger) ? Math.abs(a - b) : Infinity;
    const ulp = unitInLastPlace(coarser(this.#a, this.#b), larger);
    this.#maxAbsolute = Math.max(this.#maxAbsolute, distance);
    this.#maxRelative = Math.max(this.#maxRelative, Number.isFinite(distance) ? distance / larger : Infinity);
    this.#maxUlp = Math.max(this.#maxUlp, Number.isFinite(distance) ? distance / ulp : Infinity);
  }

  result(): TensorDifference {
    return {
      elements: this.#elements,
      identical: this.#identical,
      maxAbsolute: this.#maxAbsolute,
      maxRelative: this.#maxRelative,
      maxUlp: this.#maxUlp,
      magnitude: this.#magnitude,
    };
  }
}
