/** One expert's projections, as models name them; gate and up are one tensor where experts are packed. */
export type Projection = 'gate' | 'up' | 'down';

/** How a model names the experts that it holds one by one: Qwen's and DeepSeek's, or Mixtral's. */
export type ExpertStyle = 'proj' | 'w';

const SEPARATE = /^(.*\.)experts\.(\d+)\.(gate_proj|up_proj|down_proj|w1|w2|w3)\.weight$/;
const PACKED = /^(.*\.)experts\.(gate_up_proj|down_proj)$/;

const NAMES: Readonly<Record<ExpertStyle, Readonly<Record<Projection, string>>>> = {
  proj: { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' },
  w: { gate: 'w1', up: 'w3', down: 'w2' },
};

const PROJECTIONS: Readonly<Record<string, Projection>> = Object.fromEntries(
  Object.values(NAMES).flatMap((names) => [
    [names.gate, 'gate'],
    [names.up, 'up'],
    [names.down, 'down'],
  ]),
);

/** A tensor of one expert: `prefix`experts.`index`.`projection`. */
export interface SeparateExpert {
  readonly prefix: string;
  readonly index: number;
  readonly projection: Projection;
  readonly style: ExpertStyle;
}

/** A tensor of all experts of a layer: [experts, 2 × width, hidden], gate before up, or [experts, hidden, width]. */
export interface PackedExperts {
  readonly prefix: string;
  readonly projections: readonly Projection[];
}

export function separateExpert(name: string): SeparateExpert | undefined {
  const [, prefix, index, part] = SEPARATE.exec(name) ?? [];
  const projection = PROJECTIONS[part ?? ''];
  if (prefix === undefined || index === undefined || projection === undefined) return undefined;
  return { prefix, index: Number(index), projection, style: part?.startsWith('w') === true ? 'w' : 'proj' };
}

export function packedExperts(name: string): PackedExperts | undefined {
  const [, prefix, part] = PACKED.exec(name) ?? [];
  if (prefix === undefined) return undefined;
  return { prefix, projections: part === 'down_proj' ? ['down'] : ['gate', 'up'] };
}

export function separateName(prefix: string, index: number, projection: Projection, style: ExpertStyle): string {
  return `${prefix}experts.${index}.${NAMES[style][projection]}.weight`;
}

export function packedName({ prefix, projections }: PackedExperts): string {
  return `${prefix}experts.${projections.length === 1 ? 'down_proj' : 'gate_up_proj'}`;
}
