import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { formatBytes, formatTable } from '../terminal/format.ts';
import { jsonOption, newCommand } from '../options/options.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface DevicesArguments {
  readonly verbose?: true;
  readonly json?: true;
}

/** Changes when a key changes its name or meaning. */
const SCHEMA = 'swizzle/devices/1';

/** `swizzle devices` */
export function devicesCommand(): Command {
  return newCommand('devices', 'list what merges can run on')
    .description(
      'List the CPU and all WebGPU adapters, which one --device auto takes for a linear merge (*), and what for other work and why.',
    )
    .addOption(new Option('--verbose', 'show limits and features of adapters, too'))
    .addOption(jsonOption('print the list'))
    .action(runDevices);
}

async function runDevices({ verbose, json }: DevicesArguments): Promise<void> {
  const { listDevices } = await import('../../commands/devices.ts');
  const terminal = processTerminal(false);
  const { adapters, auto, cpu, choices, note } = await listDevices();
  if (json) {
    terminal.printJson({ schema: SCHEMA, auto, cpu, choices, adapters, note });
    return;
  }
  const mark = (name: string): string => (name === auto ? '*' : ' ');
  const rows = adapters.map(({ name, type, description }) => [
    mark(`webgpu: ${name}`),
    'webgpu',
    name,
    type === 'software' ? 'software: only on request' : description,
  ]);
  terminal.print(formatTable([...rows, [mark(cpu), 'cpu', cpu.replace(/^cpu \((.*)\)$/, '$1'), 'WebAssembly SIMD']]));
  terminal.print(['', '--device auto']);
  terminal.print(formatTable(choices.map(({ work, kind, reason }) => [`  ${work}`, kind, reason])));
  if (note !== undefined) terminal.note(note);
  if (!verbose) return;
  for (const { name, vendor, architecture, description, maxBufferBytes, maxBindingBytes, features } of adapters) {
    const made = [vendor, architecture].filter((part) => part !== '').join(' ');
    const limits = `buffer ${formatBytes(maxBufferBytes)}, storage binding ${formatBytes(maxBindingBytes)}`;
    terminal.print([
      '',
      name,
      `  made by   ${made}`,
      `  driver    ${description}`,
      `  limits    ${limits}`,
      `  features  ${features.join(', ')}`,
    ]);
  }
}
