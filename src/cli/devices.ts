import type { Command } from './parser/command.ts';
import { formatBytes } from './format.ts';
import { jsonOption, newCommand } from './options.ts';
import { processTerminal } from './terminal.ts';

interface DevicesArguments {
  readonly json?: true;
}

/** `swizzle devices` */
export function devicesCommand(): Command {
  return newCommand('devices', 'list WebGPU adapters, and what auto takes')
    .description('List WebGPU adapters, their limits, and what --device auto takes.')
    .addOption(jsonOption('print the list'))
    .action(runDevices);
}

async function runDevices({ json }: DevicesArguments): Promise<void> {
  const { listDevices } = await import('../verbs/devices.ts');
  const terminal = processTerminal(false);
  const { adapters, auto, note } = await listDevices();
  if (json) {
    terminal.print(JSON.stringify({ auto, adapters, note }, undefined, 2));
    return;
  }
  for (const { name, type, vendor, architecture, description, maxBufferBytes, maxBindingBytes, features } of adapters) {
    const made = [type, vendor, architecture].filter((part) => part !== '').join(' ');
    terminal.print(`${name} (${made})`);
    if (description !== '') terminal.print(`  driver    ${description}`);
    terminal.print(
      `  limits    buffer ${formatBytes(maxBufferBytes)}, storage binding ${formatBytes(maxBindingBytes)}`,
    );
    terminal.print(`  features  ${features.join(' ')}`);
  }
  if (note !== undefined) terminal.print(note);
  terminal.print(`auto takes: ${auto}`);
}
