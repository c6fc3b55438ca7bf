import type { Argv, CommandModule } from 'yargs';
import { formatBytes, formatCount, formatTable } from './format.ts';
import { hubOptions } from './hub-options.ts';
import { interruptSignal, processTerminal } from './terminal.ts';

interface InspectArguments {
  readonly model: string;
  readonly json: boolean;
}

/** `swizzle inspect MODEL` */
export const inspectCommand: CommandModule<object, InspectArguments> = {
  command: 'inspect <model>',
  describe: 'show dtypes, parameters, shards and tensors; reads headers only',
  builder: (yargs: Argv): Argv<InspectArguments> =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'a folder, a .safetensors file, or org/name',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ model, json }) => {
    const [{ inspect }, { openModel }, { modelStore }] = await Promise.all([
      import('../verbs/inspect.ts'),
      import('../verbs/open-models.ts'),
      import('../verbs/model-store.ts'),
    ]);
    const terminal = processTerminal(false);
    const interrupt = interruptSignal();
    try {
      // streaming: headers are all that is read, so nothing is left in the cache
      await using store = modelStore({ ...hubOptions(terminal), stream: true }, interrupt.signal);
      const found = inspect(await openModel(model, store));
      if (json) {
        terminal.print(JSON.stringify(found, undefined, 2));
        return;
      }
      terminal.print(
        `${found.model}: ${formatCount(found.parameters)} parameters, ${found.tensors.length} tensors, ${formatBytes(found.bytes)}\n`,
      );
      const dtypes = found.dtypes.map((one) => [
        one.dtype,
        one.tensors,
        formatCount(one.parameters),
        formatBytes(one.bytes),
      ]);
      terminal.print(`${formatTable([['dtype', 'tensors', 'parameters', 'size'], ...dtypes])}\n`);
      const shards = found.shards.map(({ path, tensors, size }) => [path, tensors, formatBytes(size)]);
      terminal.print(`${formatTable([['shard', 'tensors', 'size'], ...shards])}\n`);
      const tensors = found.tensors.map(({ name, dtype, shape, bytes }) => [
        name,
        dtype,
        `[${shape.join(', ')}]`,
        formatBytes(bytes),
      ]);
      terminal.print(formatTable([['tensor', 'dtype', 'shape', 'size'], ...tensors]));
    } finally {
      interrupt.dispose();
    }
  },
};
