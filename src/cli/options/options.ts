import { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { MERGING, SHAPING } from '../../options/options.ts';
import { outputTypeOf, typed } from '../parser/values.ts';

/** Headings of the groups in --help, in the order in which options are declared. */
export const GROUPS = {
  output: 'Output:',
  numbers: 'Numbers:',
  device: 'Device and memory:',
  hub: 'Hub:',
  report: 'What is printed:',
} as const;

/** Adds options under a heading of --help. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): void {
  for (const option of options) command.addOption(option.helpGroup(heading));
}

export function outOption(): Option {
  return new Option('-o, --out <folder>', 'where to write; must not be there yet').makeOptionMandatory();
}

export function jsonOption(what: string): Option {
  return new Option('--json', `${what} as JSON on standard output`);
}

export function quietOption(): Option {
  return new Option('--quiet', 'no progress, no remarks');
}

export function dtypeOption(about: string): Option {
  return new Option('--dtype <dtype>', about).argParser(typed('--dtype', MERGING.dtype));
}

/** --dtype of what writes weights: blocks of GGUF too. */
export function outputTypeOption(about: string): Option {
  return new Option('--dtype <dtype>', about).argParser(outputTypeOf('--dtype'));
}

/** How weights are written: what merge and convert share. */
export function formatOptions(): Option[] {
  return [
    new Option('--format <form>', 'safetensors, or gguf for llama.cpp (default: safetensors)').argParser(
      typed('--format', SHAPING.format),
    ),
    new Option('--gguf-pre <name>', 'value of tokenizer.ggml.pre; set it if a message says that it cannot be detected'),
  ];
}

/** A command whose options are still to be declared. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name, summary);
}
