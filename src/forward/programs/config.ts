import { messageOf, SwizzleError } from '../../errors.ts';
import type { Activation } from '../../matrix/ops.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';

/** What a family's file makes a program from. */
export interface ProgramSource {
  readonly config: ConfigReader;
  /** Whether the model has a tensor of that name. */
  has(tensor: string): boolean;
}

/** transformers' names. */
const NAMES: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** @throws SwizzleError 'checkpoint' for another function */
export function activationOf(config: ConfigReader, field: string, otherwise: string): Activation {
  const name = config.text(field, otherwise);
  const found = NAMES[name];
  if (found !== undefined) return found;
  const known = Object.keys(NAMES).join(', ');
  throw new SwizzleError('checkpoint', `${config.label}: cannot be run: ${field} ${name}; those that can: ${known}`);
}

/** Most layers of a model that is run: ten times what any has; each becomes stages of a program before weights are looked at. */
const MAX_LAYERS = 10_000;

/** Most of what a model has in a width, heads or words: 60 times the largest vocabulary. */
const MAX_SIZE = 2 ** 24;

/** Reads fields of config.json; whatever is not as expected is an error that names model and field. */
export class ConfigReader {
  readonly label: string;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(label: string, fields: Readonly<Record<string, unknown>>) {
    this.label = label;
    this.fields = fields;
  }

  /** @throws SwizzleError 'checkpoint' */
  static parse(label: string, text: string | undefined): ConfigReader {
    if (text === undefined)
      throw new SwizzleError('checkpoint', `${label}: has no config.json, which says how to run it`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new SwizzleError('checkpoint', `${label}: config.json: ${messageOf(cause)}`, { cause });
    }
    if (!isRecord(value)) throw new SwizzleError('checkpoint', `${label}: config.json: expected an object`);
    return new ConfigReader(label, value);
  }

  /** @throws SwizzleError 'checkpoint' where the field is missing and has no default */
  number(name: string, otherwise?: number): number {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.#wrong(name, 'a number', value);
  }

  /** A whole number from 1 on: of a width, of heads, of words. @throws SwizzleError 'checkpoint' */
  size(name: string, otherwise?: number): number {
    return this.#count(name, MAX_SIZE, otherwise);
  }

  /** @throws SwizzleError 'checkpoint' */
  layers(): number {
    return this.#count('num_hidden_layers', MAX_LAYERS);
  }

  #count(name: string, most: number, otherwise?: number): number {
    const value = this.number(name, otherwise);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw this.#wrong(name, `a whole number from 1 to ${most}`, value);
  }

  /** Undefined where the field is missing or null. */
  optional(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  text(name: string, otherwise?: string): string {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'string') return value;
    throw this.#wrong(name, 'a text', value);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, 'true or false', value);
  }

  texts(name: string): string[] | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.#wrong(name, 'a list of texts', value);
  }

  /** A field that is an object; undefined where it is missing or null. */
  object(name: string): ConfigReader | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (isRecord(value)) return new ConfigReader(`${this.label}: ${name}`, value);
    throw this.#wrong(name, 'an object', value);
  }

  /** Whether the field is there and not null. */
  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  #wrong(name: string, expected: string, found: unknown): SwizzleError {
    const what = found === undefined ? 'nothing' : JSON.stringify(found);
    return new SwizzleError('checkpoint', `${this.label}: config.json: ${name}: expected ${expected}, found ${what}`);
  }
}
