import type { NormStep, Program, Rope, Slot, Stage, Step, Weight } from '../program.ts';
import type { Activation } from '../../matrix/ops.ts';
import type { ConfigReader, ProgramSource } from './config.ts';
import { headSlots, headStages } from './parts.ts';

/** Sizes that all decoders' configs name alike. */
export interface DecoderSizes {
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly maxTokens: number;
  readonly epsilon: number;
}

export function decoderSizes(config: ConfigReader): DecoderSizes {
  const hidden = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  return {
    hidden,
    inner: config.size('intermediate_size'),
    layers: config.layers(),
    heads,
    keyValueHeads: config.size('num_key_value_heads', heads),
    headSize: config.size('head_dim', hidden / heads),
    vocabulary: config.size('vocab_size'),
    maxTokens: config.number('max_position_embeddings'),
    epsilon: config.number('rms_norm_eps', 1e-6),
  };
}

/** How decoders differ. Slots: x is the residual stream, h what a block reads or gives. */
export interface DecoderStyle {
  readonly architecture: string;
  readonly sizes: DecoderSizes;
  readonly embeddingScale: number;
  /** RMS norms add this to their weight. */
  readonly unit: 0 | 1;
  readonly tied: boolean;
  readonly activation: Activation;
  readonly softCap: number | undefined;
  layer(index: number): LayerStyle;
}

export interface LayerStyle {
  readonly rope: Rope;
  readonly window: number | undefined;
  /** Of the scores, before their cap. */
  readonly scale: number;
  readonly scoreCap: number | undefined;
  /** Biases of q, k and v; of o; of the feed-forward. */
  readonly bias: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** Norms of each head of q and k. */
  readonly headNorms: boolean;
  /** One tensor holds q, k and v, and one gate and up. */
  readonly fused: boolean;
  /** Names of the norms before and after the two blocks; undefined after: the block adds to x itself. */
  readonly norms: {
    readonly beforeAttention: string;
    readonly afterAttention: string | undefined;
    readonly beforeMlp: string;
    readonly afterMlp: string | undefined;
  };
}

/** A decoder of rotary, grouped-query layers with gated feed-forward. Two stages a layer. */
export function decoder({ has }: ProgramSource, style: DecoderStyle): Program {
  const { sizes, unit } = style;
  const { hidden, inner, heads, keyValueHeads, headSize, vocabulary } = sizes;
  const tokens = (width: number, kept = false): Slot => ({ width, rows: 'tokens', kept });
  const slots: Record<string, Slot> = {
    x: tokens(hidden, true),
    h: tokens(hidden),
    q: tokens(heads * headSize),
    k: tokens(keyValueHeads * headSize),
    v: tokens(keyValueHeads * headSize),
    a: tokens(heads * headSize),
    gate: tokens(inner),
    up: tokens(inner),
    ...headSlots(hidden, vocabulary),
  };
  const table: Weight = { tensor: 'model.embed_tokens.weight', shape: [vocabulary, hidden] };
  const own: Weight = { tensor: 'lm_head.weight', shape: [vocabulary, hidden] };
  const head = style.tied || !has(own.tensor) ? table : own;
  const first: Step = {
    do: 'embed',
    out: 'x',
    table,
    index: 'token',
    offset: 0,
    scale: style.embeddingScale,
    add: false,
  };
  const last: Stage = {
    name: 'norm',
    steps: [{ do: 'pick', in: 'x', out: 'final' }, rmsNorm('final', 'final', 'model.norm.weight', hidden, sizes, unit)],
  };
  const layers = Array.from({ length: sizes.layers }, (_, index): Stage[] => {
    const layer = style.layer(index);
    const prefix = `model.layers.${index}.`;
    return [
      { name: `layer ${index} attention`, steps: attention(prefix, style, layer) },
      { name: `layer ${index} feed-forward`, steps: feedForward(prefix, style, layer) },
    ];
  });
  return {
    architecture: style.architecture,
    kind: 'decoder',
    vocabulary,
    maxTokens: sizes.maxTokens,
    segments: false,
    slots,
    stages: [{ name: 'embeddings', steps: [first] }, ...layers.flat(), last, ...headStages(head, style.softCap)],
    result: 'loss',
  };
}

function attention(prefix: string, { sizes, unit }: DecoderStyle, layer: LayerStyle): Step[] {
  const { hidden, heads, keyValueHeads, headSize } = sizes;
  const [wide, narrow] = [heads * headSize, keyValueHeads * headSize];
  const { norms, rope, bias, fused } = layer;
  const project = (name: string, slot: string, rows: number, from: number): Step => {
    const tensor = `${prefix}self_attn.${fused ? 'qkv' : name}_proj.`;
    const all = fused ? wide + 2 * narrow : rows;
    const part: readonly [number, number] | undefined = fused ? [from, from + rows] : undefined;
    const weight = { tensor: `${tensor}weight`, shape: [all, hidden], ...(part && { rows: part }) };
    return { do: 'linear', in: 'h', out: slot, weight, bias: biasOf(tensor, rows, bias.qkv), add: false };
  };
  const headNorm = (slot: string): Step[] =>
    layer.headNorms ? [rmsNorm(slot, slot, `${prefix}self_attn.${slot}_norm.weight`, headSize, sizes, unit)] : [];
  const o = `${prefix}self_attn.o_proj.`;
  return [
    rmsNorm('x', 'h', `${prefix}${norms.beforeAttention}.weight`, hidden, sizes, unit),
    project('q', 'q', wide, 0),
    project('k', 'k', narrow, wide),
    project('v', 'v', narrow, wide + narrow),
    ...headNorm('q'),
    ...headNorm('k'),
    { do: 'rotate', slot: 'q', heads, rope },
    { do: 'rotate', slot: 'k', heads: keyValueHeads, rope },
    {
      do: 'attend',
      q: 'q',
      k: 'k',
      v: 'v',
      out: 'a',
      heads,
      keyValueHeads,
      scale: layer.scale,
      softCap: layer.scoreCap,
      causal: true,
      window: layer.window,
    },
    ...back(
      'a',
      { tensor: `${o}weight`, shape: [hidden, wide] },
      biasOf(o, hidden, bias.o),
      norms.afterAttention && rmsNorm('h', 'h', `${prefix}${norms.afterAttention}.weight`, hidden, sizes, unit),
    ),
  ];
}

function feedForward(prefix: string, { sizes, unit, activation }: DecoderStyle, layer: LayerStyle): Step[] {
  const { hidden, inner } = sizes;
  const { norms, fused, bias } = layer;
  const project = (name: string, slot: string, from: number): Step => {
    const tensor = `${prefix}mlp.${fused ? 'gate_up' : name}_proj.`;
    const part: readonly [number, number] | undefined = fused ? [from, from + inner] : undefined;
    const weight = {
      tensor: `${tensor}weight`,
      shape: [fused ? 2 * inner : inner, hidden],
      ...(part && { rows: part }),
    };
    return { do: 'linear', in: 'h', out: slot, weight, bias: biasOf(tensor, inner, bias.mlp), add: false };
  };
  const down = `${prefix}mlp.down_proj.`;
  return [
    rmsNorm('x', 'h', `${prefix}${norms.beforeMlp}.weight`, hidden, sizes, unit),
    project('gate', 'gate', 0),
    project('up', 'up', inner),
    { do: 'activate', slot: 'gate', activation, times: 'up' },
    ...back(
      'gate',
      { tensor: `${down}weight`, shape: [hidden, inner] },
      biasOf(down, hidden, bias.mlp),
      norms.afterMlp && rmsNorm('h', 'h', `${prefix}${norms.afterMlp}.weight`, hidden, sizes, unit),
    ),
  ];
}

/** A block's last product, added to the stream: at once, or after a norm of its own. */
function back(from: string, weight: Weight, bias: Weight | undefined, norm: NormStep | '' | undefined): Step[] {
  if (!norm) return [{ do: 'linear', in: from, out: 'x', weight, bias, add: true }];
  return [{ do: 'linear', in: from, out: 'h', weight, bias, add: false }, norm, { do: 'add', into: 'x', from: 'h' }];
}

function biasOf(tensor: string, rows: number, isThere: boolean): Weight | undefined {
  return isThere ? { tensor: `${tensor}bias`, shape: [rows] } : undefined;
}

function rmsNorm(
  from: string,
  to: string,
  tensor: string,
  width: number,
  { epsilon }: DecoderSizes,
  unit: 0 | 1,
): NormStep {
  return {
    do: 'norm',
    norm: 'rms',
    in: from,
    out: to,
    weight: { tensor, shape: [width] },
    bias: undefined,
    epsilon,
    unit,
  };
}
