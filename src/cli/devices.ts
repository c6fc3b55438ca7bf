import type { Argv, CommandModule } from 'yargs';
import { formatBytes } from './format.ts';
import { processTerminal } from './terminal.ts';

interface DevicesArguments {
  readonly json: boolean;
}

/** `swizzle devices` */
export const devicesCommand: CommandModule<object, DevicesArguments> = {
  command: 'devices',
  describe: 'list WebGPU adapters, their limits, and what auto takes',
  builder: (yargs: Argv): Argv<DevicesArguments> =>
    yargs.option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ json }) => {
    const { listDevices } = await import('../verbs/devices.ts');
    const terminal = processTerminal(false);
    const { adapters, auto, note } = await listDevices();
    if (json) {
      terminal.print(JSON.stringify({ auto, adapters, note }, undefined, 2));
      return;
    }
    for (const {
      name,
      type,
      vendor,
      architecture,
      description,
      maxBufferBytes,
      maxBindingBytes,
      features,
    } of adapters) {
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
  },
};
