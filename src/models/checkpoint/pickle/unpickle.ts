import { messageOf, SwizzleError } from '../../../errors.ts';
import { allowedGlobal, call, persistentStorage } from './allowed.ts';
import { ByteReader } from './byte-reader.ts';
import { isKind, type PickleValue } from './values.ts';

/** An object that a pickle marks a place on its stack with. */
const MARK = Symbol('mark');

/** How many things a pickle may remember: far more than a model has tensors. */
const MOST_MEMOS = 20_000_000;

/**
 * Reads a pickle that torch.save wrote (protocols 2 to 5), without executing anything: the operations that build dictionaries,
 * lists, numbers and texts, and the names of `allowed.ts`.
 * @param file for messages
 * @throws SwizzleError 'checkpoint' that names whatever else is in it
 */
export function unpickle(file: string, bytes: Uint8Array): PickleValue {
  const machine = new PickleMachine(bytes);
  try {
    return machine.run();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SwizzleError('checkpoint', `${file}: holds ${messageOf(cause)} (at byte ${machine.at} of its pickle)`, {
      cause,
      details: { file, at: machine.at },
    });
  }
}

/** The stack machine that a pickle is a program for; see Python's pickletools for the operations. */
class PickleMachine {
  readonly #in: ByteReader;
  readonly #stack: (PickleValue | typeof MARK)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #op = 0;

  constructor(bytes: Uint8Array) {
    this.#in = new ByteReader(bytes);
  }

  /** Where the current operation begins. */
  get at(): number {
    return this.#op;
  }

  run(): PickleValue {
    for (;;) {
      this.#op = this.#in.at;
      const op = String.fromCharCode(this.#in.u8());
      if (op === '.') return this.#pop();
      if (!this.#constant(op) && !this.#memory(op) && !this.#container(op)) this.#object(op);
    }
  }

  /** Operations that push a plain value. */
  #constant(op: string): boolean {
    const input = this.#in;
    switch (op) {
      case '\x80': // PROTO
        if (input.u8() > 5) throw new RangeError('a newer protocol than 5');
        return true;
      case '\x95': // FRAME
        input.u64();
        return true;
      case 'N':
        return this.#push(null);
      case '\x88':
        return this.#push(true);
      case '\x89':
        return this.#push(false);
      case 'K':
        return this.#push(input.u8());
      case 'M':
        return this.#push(input.u16());
      case 'J':
        return this.#push(input.i32());
      case '\x8a': // LONG1
        return this.#push(input.long(input.u8()));
      case 'G':
        return this.#push(input.f64());
      case 'X':
        return this.#push(input.text(input.u32()));
      case '\x8c': // SHORT_BINUNICODE
        return this.#push(input.text(input.u8()));
      case '\x8d': // BINUNICODE8
        return this.#push(input.text(input.u64()));
      default:
        return false;
    }
  }

  #memory(op: string): boolean {
    const input = this.#in;
    switch (op) {
      case 'q':
        return this.#remember(input.u8());
      case 'r':
        return this.#remember(input.u32());
      case '\x94': // MEMOIZE
        return this.#remember(this.#memo.size);
      case 'h':
        return this.#push(this.#recall(input.u8()));
      case 'j':
        return this.#push(this.#recall(input.u32()));
      default:
        return false;
    }
  }

  #container(op: string): boolean {
    switch (op) {
      case '(':
        this.#stack.push(MARK);
        return true;
      case ')':
      case ']':
        return this.#push([]);
      case '}':
        return this.#push(new Map());
      case '\x85':
      case '\x86':
      case '\x87': {
        const items = Array.from({ length: op.charCodeAt(0) - 0x84 }, () => this.#pop());
        return this.#push(items.reverse());
      }
      case 't':
        return this.#push(this.#popToMark());
      case 'a': {
        const item = this.#pop();
        return this.#append([item]);
      }
      case 'e':
        return this.#append(this.#popToMark());
      case 's': {
        const value = this.#pop();
        return this.#set([this.#pop(), value]);
      }
      case 'u':
        return this.#set(this.#popToMark());
      default:
        return false;
    }
  }

  /** Operations on names: all that could execute something. */
  #object(op: string): void {
    switch (op) {
      case 'c':
        return this.#global(this.#in.line(), this.#in.line());
      case '\x93': {
        const name = this.#pop();
        return this.#global(String(this.#pop()), String(name));
      }
      case 'R': {
        const args = this.#pop();
        const called = this.#pop();
        if (!isKind(called, 'global') || !Array.isArray(args)) throw new RangeError('a call of what is no function');
        this.#push(call(called, args));
        return;
      }
      case 'Q':
        this.#push(persistentStorage(this.#pop()));
        return;
      case 'b': {
        // attributes that torch hangs on a state dict (_metadata): nothing that weights need
        this.#pop();
        if (!(this.#top() instanceof Map)) throw new RangeError('an object with a state of its own');
        return;
      }
      default: {
        const code = op.charCodeAt(0).toString(16).padStart(2, '0');
        throw new RangeError(`operation 0x${code}, which torch does not write for tensors`);
      }
    }
  }

  #global(module: string, name: string): void {
    const full = `${module}.${name}`;
    const value = allowedGlobal(full);
    if (value === undefined) {
      throw new RangeError(`${JSON.stringify(full)}, which is no part of a tensor; it was not executed`);
    }
    this.#push(value);
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw new RangeError('an operation without its operands');
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new RangeError('an operation without its operands');
    const items = this.#stack.splice(mark + 1).filter((item) => item !== MARK);
    this.#stack.pop();
    return items;
  }

  #remember(key: number): true {
    if (this.#memo.size >= MOST_MEMOS) throw new RangeError('too many objects for a model');
    this.#memo.set(key, this.#top());
    return true;
  }

  #recall(key: number): PickleValue {
    const value = this.#memo.get(key);
    if (value === undefined) throw new RangeError(`a reference to object ${key}, which it has not`);
    return value;
  }

  #append(items: readonly PickleValue[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new RangeError('items for what is no list');
    for (const item of items) list.push(item);
    return true;
  }

  #set(items: readonly PickleValue[]): true {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map) || items.length % 2 !== 0) throw new RangeError('items for what is no dictionary');
    for (let at = 0; at < items.length; at += 2) dictionary.set(items[at] ?? null, items[at + 1] ?? null);
    return true;
  }
}
