/** Words that a kernel is told beside its operands, as they are laid out in `params`; see shaders/lib/settings.wgsl. */
export class Settings {
  // shaders/lib/settings.wgsl wants a word that is 0
  readonly #words: number[] = [0];

  /** Adds unsigned integers; returns the place of the first. */
  integers(...numbers: readonly number[]): number {
    const at = this.#words.length;
    this.#words.push(...numbers);
    return at;
  }

  /** Adds numbers, rounded to f32; returns the place of the first. */
  floats(...numbers: readonly number[]): number {
    return this.integers(...new Uint32Array(Float32Array.from(numbers).buffer));
  }

  /** Adds a table of numbers of any length, rounded to f32; returns the place of the first. */
  table(numbers: Float64Array): number {
    const at = this.#words.length;
    for (const word of new Uint32Array(Float32Array.from(numbers).buffer)) this.#words.push(word);
    return at;
  }

  words(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.#words);
  }
}
