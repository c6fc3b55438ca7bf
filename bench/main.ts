import { cpus, totalmem } from 'node:os';
import yargs from 'yargs';
import { sizeOf } from '../src/cli/parser/values.ts';
import type { Bench } from './bench-case.ts';
import { CASES } from './cases/index.ts';
import { listDeviceOptions } from './contenders/swizzle.ts';
import { type RaceResult, runRace } from './race.ts';
import { raceTable } from './table.ts';
import { defaultDirectory, Workplace } from './workplace.ts';

const options = await yargs(process.argv.slice(2))
  .scriptName('npm run bench --')
  .usage('Measures merges as whole processes, alternating with the floor: reading the inputs and writing the output.')
  .option('case', { type: 'array', string: true, choices: CASES.map(({ name }) => name), describe: 'default: all' })
  .option('size', { type: 'string', default: '1GiB', describe: 'bytes of one input' })
  .option('runs', { type: 'number', default: 5, describe: 'measured runs of each contender' })
  .option('dir', { type: 'string', describe: 'where inputs and outputs go; default: /dev/shm where they fit' })
  .option('device', { type: 'array', string: true, describe: 'only devices whose name contains this' })
  .option('python', { type: 'string', default: 'python3', describe: 'to look for mergekit and LM_Cocktail in' })
  .option('json', { type: 'boolean', default: false, describe: 'print results as JSON' })
  .check(({ runs }) => (Number.isInteger(runs) && runs > 0) || '--runs: expected a whole number, 1 or more')
  .strict()
  .parseAsync();

const size = sizeOf('--size')(options.size);
using workplace = new Workplace(options.dir ?? defaultDirectory(8 * size));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    workplace[Symbol.dispose]();
    process.exit(130);
  });
}
const results: (RaceResult | { title: string; data: unknown })[] = [];
const print = options.json ? () => undefined : (text: string) => console.log(text);

const bench: Bench = {
  size,
  devices: listDeviceOptions().filter(({ name }) => (options.device ?? ['']).some((part) => name.includes(part))),
  python: options.python,
  output: `${workplace.folder}/out`,
  checkpoint: (shape, dtype, seed) => workplace.checkpoint(shape, dtype, seed),
  file: (name, text) => workplace.file(name, text),
  free: () => workplace.free(),
  clear: () => workplace.clear(),
  async race(race) {
    const result = await runRace(race, options.runs, (text) => console.error(text));
    results.push(result);
    print(raceTable(result));
  },
  say(title, text, data) {
    results.push({ title, data: data ?? text });
    print(`${title}\n\n${text}\n`);
  },
};

const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
print(`${machine}, ${workplace.folder.replace(/\/swizzle-bench.*/, '')}\n`);
for (const { name, run } of CASES) {
  if (options.case !== undefined && !options.case.includes(name)) continue;
  await run(bench);
  workplace.clear();
}
if (options.json) console.log(JSON.stringify({ machine, size, results }, undefined, 2));
