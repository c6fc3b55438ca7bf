import type { Command } from '../parser/command.ts';
import type { FloatDtype } from '../../dtype.ts';
import { dtypeOption, newCommand } from '../options/options.ts';
import { addRunOptions, type RunArguments } from '../options/run-options.ts';

interface ConvertArguments extends RunArguments {
  readonly dtype: FloatDtype;
}

/** `swizzle convert MODEL -o OUT --dtype float16` */
export function convertCommand(): Command {
  const command = newCommand('convert', 'write a model in another dtype')
    .usage('MODEL --dtype DTYPE -o FOLDER')
    .description('Write a model in another dtype.')
    .argument('<model>', 'a folder, a .safetensors file, or org/name')
    .addHelpText(`
Examples:
  swizzle convert models/a --dtype float16 -o models/a-half
  swizzle convert org/name --stream --dtype bfloat16 -o name`)
    .action(runConvert);
  addRunOptions(command, [], [dtypeOption('float16, bfloat16, float32, ...').makeOptionMandatory()]);
  return command;
}

async function runConvert(model: string, args: ConvertArguments): Promise<void> {
  const [{ runMerge }, { convert, planConvert }] = await Promise.all([
    import('./run-merge.ts'),
    import('../../verbs/convert.ts'),
  ]);
  const verb = {
    doing: 'converting',
    plan: (options: Parameters<typeof planConvert>[2]) => planConvert(model, args.dtype, options),
    run: (options: Parameters<typeof convert>[2]) => convert(model, args.dtype, options),
  };
  await runMerge(args, verb, {});
}
