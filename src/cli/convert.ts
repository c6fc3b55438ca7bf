import type { Argv, CommandModule } from 'yargs';
import { type RunArguments, runOptions, toDtype } from './run-options.ts';

interface ConvertArguments extends RunArguments {
  readonly model: string;
  readonly dtype: string;
}

/** `swizzle convert MODEL -o OUT --dtype float16` */
export const convertCommand: CommandModule<object, ConvertArguments> = {
  command: 'convert <model>',
  describe: 'write a model in another dtype',
  builder: (yargs: Argv): Argv<ConvertArguments> =>
    runOptions(yargs)
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'a folder, a .safetensors file, or org/name',
      })
      .option('dtype', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe: 'float16, bfloat16, float32, ...',
      }),
  handler: async (args) => {
    const [{ runMerge }, { convert, planConvert }] = await Promise.all([
      import('./run-merge.ts'),
      import('../verbs/convert.ts'),
    ]);
    const dtype = toDtype(args.dtype);
    const verb = {
      doing: 'converting',
      plan: (options: Parameters<typeof planConvert>[2]) => planConvert(args.model, dtype, options),
      run: (options: Parameters<typeof convert>[2]) => convert(args.model, dtype, options),
    };
    await runMerge(args, verb, {});
  },
};
