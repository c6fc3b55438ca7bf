/** Writes fields of a table one after the other, little-endian, aligned as AssemblyScript's classes are. */
export class TableWriter {
  readonly #view: DataView;
  #at: number;

  constructor(view: DataView, address: number) {
    this.#view = view;
    this.#at = address;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  f32(value: number): this {
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  f64(value: number): this {
    this.#at = Math.ceil(this.#at / 8) * 8;
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
    return this;
  }
}
