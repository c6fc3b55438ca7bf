import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAdapterConfig } from '../../src/models/checkpoint/adapter/adapter-config.ts';
import { architectureOf } from '../../src/models/checkpoint/architecture.ts';
import { parseShardIndex } from '../../src/models/checkpoint/files/shard-index.ts';
import { readGgufTensors } from '../../src/models/checkpoint/gguf/read-gguf-tensors.ts';
import { type HeaderSource, readHeader } from '../../src/models/checkpoint/header/header.ts';
import { readPickledTensors } from '../../src/models/checkpoint/pickle/read-pickle.ts';
import { SwizzleError } from '../../src/errors.ts';
import { programOf } from '../../src/forward/programs/registry.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import { parseVocabulary } from '../../src/models/tokenizer/vocabulary.ts';
import { MAKERS } from './fuzz-grammar.ts';
import { randomNumbers } from './kill-resume.ts';

/** Something that reads what a stranger has written. */
export interface Reader {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Whether inputs are text, so that mutants are made of words. */
  readonly isText: boolean;
  read(bytes: Buffer): unknown;
}

/** What a mutant did that none may do. */
export interface Finding {
  readonly reader: string;
  readonly what: string;
  readonly input: Buffer;
}

const MOST_MS = 1000;

function sourceOf(bytes: Buffer): HeaderSource {
  return {
    label: 'fuzz',
    size: bytes.length,
    read(target, position) {
      if (position + target.length > bytes.length) return Promise.reject(new SwizzleError('io', 'fuzz: ends before'));
      target.set(bytes.subarray(position, position + target.length));
      return Promise.resolve();
    },
  };
}

async function filesBelow(folder: string, pattern: RegExp, mostBytes: number): Promise<Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.sort().map((path) => readFile(path)));
  return files.map((bytes) => bytes.subarray(0, mostBytes));
}

/** Everything that reads files of strangers, each with files that are good to begin with. */
export async function readers(): Promise<Reader[]> {
  const safetensors = await filesBelow('fixtures', /\.safetensors$/, 2 ** 16);
  const text = (bytes: Buffer): string => bytes.toString('utf8');
  return [
    { name: 'header', seeds: safetensors, isText: false, read: (bytes) => readHeader(sourceOf(bytes)) },
    {
      name: 'index',
      seeds: await filesBelow('fixtures', /index\.json$/, 2 ** 16),
      isText: true,
      read: (bytes) => parseShardIndex('fuzz', text(bytes)),
    },
    {
      name: 'recipe',
      seeds: [
        ...(await filesBelow('fixtures', /recipe\.yml$/, 2 ** 14)),
        ...(await filesBelow('examples/methods', /\.yml$/, 2 ** 14)),
      ],
      isText: true,
      read: (bytes) => checkRecipe(parseRecipe('fuzz.yml', text(bytes))),
    },
    {
      name: 'sweep',
      seeds: await filesBelow('examples', /^sweep\.yml$/, 2 ** 14),
      isText: true,
      read: (bytes) => parseSweep('fuzz.yml', text(bytes)),
    },
    {
      name: 'config',
      seeds: await filesBelow('fixtures', /^config\.json$/, 2 ** 14),
      isText: true,
      read: (bytes) => architectureOf(text(bytes)),
    },
    {
      name: 'program',
      seeds: await filesBelow('fixtures', /^config\.json$/, 2 ** 14),
      isText: true,
      read: (bytes) => programOf('fuzz', text(bytes), () => true),
    },
    {
      name: 'adapter config',
      seeds: await filesBelow('fixtures', /^adapter_config\.json$/, 2 ** 14),
      isText: true,
      read: (bytes) => parseAdapterConfig('fuzz', text(bytes)),
    },
    {
      name: 'vocabulary',
      seeds: (await filesBelow('fixtures', /^tokenizer\.json$/, 2 ** 20)).filter(({ length }) => length < 40_000),
      isText: true,
      read: (bytes) => parseVocabulary('fuzz', text(bytes)),
    },
    {
      name: 'gguf',
      seeds: await filesBelow('fixtures', /\.gguf$/, 2 ** 22),
      isText: false,
      read: (bytes) => readGgufTensors(sourceOf(bytes)),
    },
    {
      name: 'pickle',
      seeds: await filesBelow('fixtures', /\.(pt|bin)$/, 2 ** 22),
      isText: false,
      read: (bytes) => readPickledTensors(sourceOf(bytes)),
    },
  ];
}

const WORDS = [
  '0',
  '-1',
  '-0',
  '1e400',
  '1e308',
  '2.0',
  '9007199254740993',
  '18446744073709551616',
  'NaN',
  '.inf',
  '-.inf',
  'null',
  'true',
  '~',
  '""',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  '[]',
  '{}',
  ':',
  ',',
  '- ',
  '\n',
  '\n  ',
  '---\n',
  '...\n',
  '&a ',
  '*a',
  '<<: *a\n',
  '!!str ',
  '!!binary ',
  '"__proto__": 1',
  '"constructor"',
  '"toString"',
  '../',
  '/etc/passwd',
  '\u0000',
  '\u202e',
  '\u001b[31m',
  '\\ud800',
  '\ud83d',
  '\ufeff',
  '%',
  '#',
  '| \n',
  '> \n',
  '? ',
  '$t',
  '{range: [0, 1, 1e-9]}',
  '1'.repeat(400),
  '['.repeat(200),
  'a'.repeat(3000),
];

/** A file that is a little, or much, unlike those that it comes from. */
export function mutant(reader: Reader, next: () => number): Buffer {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const place = (bytes: Buffer): number => Math.floor(next() ** (reader.isText ? 1 : 3) * (bytes.length + 1));
  let bytes = Buffer.from(pick(reader.seeds));
  for (let changes = 1 + Math.floor(next() ** 3 * 8); changes > 0; changes--) {
    const at = place(bytes);
    const length = Math.floor(next() ** 4 * 300);
    const rest = bytes.subarray(Math.min(bytes.length, at + length));
    switch (Math.floor(next() * 7)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = Math.floor(next() * 256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), rest]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(WORDS)), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(WORDS)), rest]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      case 5: {
        // a number in its place
        const text = bytes.toString('latin1');
        const numbers = [...text.slice(0, 20_000).matchAll(/-?\d+(\.\d+)?/g)];
        const found = numbers.length > 0 ? pick(numbers) : undefined;
        if (found === undefined) break;
        const after = text.slice(found.index + found[0].length);
        bytes = Buffer.from(text.slice(0, found.index) + pick(WORDS.slice(0, 14)) + after, 'latin1');
        break;
      }
      default: {
        const other = pick(reader.seeds);
        const from = Math.floor(next() * other.length);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + length), rest]);
      }
    }
    if (bytes.length === 0) break;
  }
  return reader.name === 'header' && next() < 0.8 ? withLength(bytes) : bytes;
}

/** A header whose length is right again, so that what is in it is looked at. */
function withLength(bytes: Buffer): Buffer {
  const end = bytes.indexOf('}}', 8, 'latin1');
  if (end === -1 || bytes.length < 10) return bytes;
  const fixed = Buffer.from(bytes);
  fixed.writeBigUInt64LE(BigInt(end + 2 - 8), 0);
  return fixed;
}

/** What became of the inputs of a reader. */
export interface Fuzzed {
  readonly findings: readonly Finding[];
  /** How many were read as good, of those that a grammar made. */
  readonly made: number;
  readonly read: number;
}

/** Reads mutants, and what a grammar makes: each is good or refused with a typed error, within a second. */
export async function fuzz(reader: Reader, seed: number, count: number): Promise<Fuzzed> {
  const next = randomNumbers(seed);
  const make = MAKERS[reader.name];
  const findings: Finding[] = [];
  let [made, read] = [0, 0];
  // what is loaded when it is first needed is not what is measured
  for (const good of reader.seeds.slice(0, 2)) {
    await Promise.resolve(good)
      .then((bytes) => reader.read(bytes))
      .catch(() => undefined);
  }
  for (let i = 0; i < count; i++) {
    const isMade = make !== undefined && i % 2 === 1;
    const input = isMade ? make(next) : mutant(reader, next);
    if (isMade) made += 1;
    // of the processor: other processes may have it meanwhile
    const started = process.cpuUsage();
    try {
      await reader.read(input);
      if (isMade) read += 1;
    } catch (error) {
      if (!(error instanceof SwizzleError)) findings.push({ reader: reader.name, what: String(error), input });
    }
    const { user, system } = process.cpuUsage(started);
    const ms = (user + system) / 1000;
    if (ms > MOST_MS) findings.push({ reader: reader.name, what: `took ${ms.toFixed(0)} ms`, input });
  }
  return { findings, made, read };
}
