import type { Command } from '../parser/command.ts';
import { type FormatArguments, toFormat } from '../options/format.ts';
import { formatOptions, newCommand, outputTypeOption } from '../options/options.ts';
import { addRunOptions, type RunArguments } from '../options/run-options.ts';

type ConvertArguments = RunArguments & FormatArguments;

/** `swizzle convert MODEL -o OUT --dtype float16` */
export function convertCommand(): Command {
  const command = newCommand('convert', 'write a model in another dtype, or as GGUF')
    .usage('MODEL --dtype DTYPE -o FOLDER')
    .description('Write a model in another dtype, or as a GGUF file.')
    .argument('<model>', 'a folder, a .safetensors file, or org/name')
    .addHelpText(`
Examples:
  swizzle convert models/a --dtype float16 -o models/a-half
  swizzle convert models/a --format gguf --dtype q8_0 -o a-gguf
  swizzle convert org/name --stream --dtype bfloat16 -o name`)
    .action(runConvert);
  addRunOptions(command, formatOptions(), [
    outputTypeOption('float16, bfloat16, float32, ...; of GGUF also q8_0').makeOptionMandatory(),
  ]);
  return command;
}

async function runConvert(model: string, args: ConvertArguments): Promise<void> {
  const [{ runMerge }, { convert, planConvert }] = await Promise.all([
    import('./run-merge.ts'),
    import('../../commands/convert.ts'),
  ]);
  const { dtype = 'F32', gguf } = toFormat(args);
  const verb = {
    doing: 'converting',
    plan: (options: Parameters<typeof planConvert>[2]) => planConvert(model, dtype, options),
    run: (options: Parameters<typeof convert>[2]) => convert(model, dtype, options),
  };
  await runMerge(args, verb, { gguf });
}
