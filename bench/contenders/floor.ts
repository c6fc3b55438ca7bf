import type { Contender } from '../race.ts';

/** What any tool must do: read all inputs once and write the output, with the system's own tools. */
export function floor(inputs: readonly string[], like: readonly string[], output: string, copies = 1): Contender {
  const script = `
    set -e; read=$1; out=$2; copies=$3; shift 3
    cat "\${@:1:$read}" > /dev/null
    for ((i = 0; i < copies; i++)); do mkdir -p "$out/$i"; cp "\${@:read + 1}" "$out/$i/"; done`;
  const argv = ['bash', '-c', script, 'bash', String(inputs.length), output, String(copies), ...inputs, ...like];
  return { name: 'floor', command: { argv } };
}
