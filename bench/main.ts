import { cpus, totalmem } from 'node:os';
import { Command, Option } from 'commander';
import { parseSize } from '../src/cli/format.ts';
import { wholeNumberOf } from '../src/cli/parser/values.ts';
import type { Bench } from './bench-case.ts';
import { CASES } from './cases/index.ts';
import { listDeviceOptions } from './contenders/swizzle.ts';
import { type RaceResult, runRace } from './race.ts';
import { raceTable } from './table.ts';
import { defaultDirectory, Workplace } from './workplace.ts';

interface BenchArguments {
  readonly case?: readonly string[];
  readonly size: string;
  readonly runs: number;
  readonly dir?: string;
  readonly device?: readonly string[];
  readonly python: string;
  readonly json?: true;
}

const options = new Command('npm run bench --')
  .description(
    'Measures merges as whole processes, alternating with the floor: reading the inputs, writing the output.',
  )
  .addOption(new Option('--case <name...>', 'default: all').choices(CASES.map(({ name }) => name)))
  .option('--size <size>', 'bytes of one input', '1GiB')
  .option('--runs <n>', 'measured runs of each contender', wholeNumberOf('--runs', 1), 5)
  .option('--dir <folder>', 'where inputs and outputs go; default: /dev/shm where they fit')
  .option('--device <part...>', 'only devices whose name contains this')
  .option('--python <program>', 'to look for mergekit and LM_Cocktail in', 'python3')
  .option('--json', 'print results as JSON')
  .parse()
  .opts<BenchArguments>();

const size = parseSize('size', options.size);
using workplace = new Workplace(options.dir ?? defaultDirectory(8 * size));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    workplace[Symbol.dispose]();
    process.exit(130);
  });
}
const results: (RaceResult | { title: string; data: unknown })[] = [];
const print = options.json === true ? () => undefined : (text: string) => console.log(text);

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
