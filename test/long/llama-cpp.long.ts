import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { measureLosses } from '../../src/commands/loss.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

// GGUF files that are written here, in llama.cpp. SWIZZLE_LLAMA names a folder with npm's node-llama-cpp, which brings it as a binary.

const LLAMA = process.env['SWIZZLE_LLAMA'];
const MISSING =
  LLAMA !== undefined && existsSync(join(LLAMA, 'node_modules/node-llama-cpp'))
    ? undefined
    : 'SWIZZLE_LLAMA names no folder with node-llama-cpp';

const TEXT = 'def main(argv): return the first of two words, and print it.';

/** Tokens of a text, and the mean loss of all but the first, by llama.cpp. */
const PROGRAM = `
const [library, file, text] = process.argv.slice(2);
const { getLlama, LlamaLogLevel } = await import(library);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const tokens = model.tokenize(text);
const sequence = (await model.createContext({ contextSize: 128 })).getSequence();
const found = await sequence.controlledEvaluate(tokens.map((token) => [token, { generateNext: { probabilities: true } }]));
const losses = tokens.slice(1).map((token, at) => -Math.log(found[at].next.probabilities.get(token)));
console.log(JSON.stringify({ tokens: tokens.length, loss: losses.reduce((sum, one) => sum + one, 0) / losses.length }));
await llama.dispose();
`;

/** By dtype: the most that its rounding was seen to change this model's loss. */
const BOUNDS = { float32: 1e-4, float16: 2e-4, bfloat16: 2e-3, q8_0: 2e-2 } as const;

async function inLlama(t: ExecutionContext, folder: string, file: string): Promise<{ tokens: number; loss: number }> {
  const program = join(folder, 'losses.mjs');
  await writeFile(program, PROGRAM);
  const library = join(LLAMA ?? '', 'node_modules/node-llama-cpp/dist/index.js');
  const child = spawn(process.execPath, [program, library, file, TEXT], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of child.stdout) text += String(part);
  t.not(text, '');
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as { tokens: number; loss: number };
}

for (const [dtype, bound] of Object.entries(BOUNDS)) {
  testUnless(MISSING)(`${dtype}: llama.cpp finds the tokens and the loss that are found here`, async (t) => {
    const folder = await temporaryFolder(t);
    const [out, data, model] = [join(folder, 'out'), join(folder, 'text.jsonl'), 'fixtures/mini-cocktail/base'];
    const { code, stderr } = await swizzle(['convert', model, '--format', 'gguf', '--dtype', dtype, '-o', out]);
    t.is(code, 0, stderr);
    await writeFile(data, JSON.stringify({ text: TEXT }));
    const [own] = (await measureLosses([model], data, { device: 'cpu' })).models;
    const file = readdirSync(out).find((name) => name.endsWith('.gguf')) ?? '';
    const { tokens, loss } = await inLlama(t, folder, join(out, file));
    t.is<number | undefined, number | undefined>(tokens, own?.tokens);
    t.true(Math.abs(loss - (own?.loss ?? NaN)) < bound, `${loss}, here ${own?.loss}`);
    t.log(`${loss}, here ${own?.loss}`);
  });
}
