import { SwizzleError } from '../../errors.ts';
import type { EmbedIndex, LinearStep, NormStep, Program, Slot, Stage, Step } from '../program.ts';
import type { Activation } from '../../matrix/ops.ts';
import { activationOf, type ProgramSource } from './config.ts';

/** BERT and XLM-RoBERTa: sentence encoders by the first token, and rerankers by a classifier of one output. */
export function bert(source: ProgramSource): Program {
  const { config, has } = source;
  const architecture = config.text('model_type');
  const isRoberta = architecture !== 'bert';
  const name = config.texts('architectures')?.[0] ?? '';
  const isReranker = name.endsWith('ForSequenceClassification');
  const hidden = config.size('hidden_size');
  const inner = config.size('intermediate_size');
  const heads = config.size('num_attention_heads');
  const vocabulary = config.size('vocab_size');
  const positions = config.size('max_position_embeddings');
  const epsilon = config.number('layer_norm_eps', 1e-12);
  const activation = activationOf(config, 'hidden_act', 'gelu');
  const own = isRoberta ? 'roberta.' : 'bert.';
  const prefix = has(`${own}embeddings.word_embeddings.weight`) ? own : '';
  const norm = (slot: string, tensor: string): NormStep => ({
    do: 'norm',
    norm: 'layer',
    in: slot,
    out: slot,
    weight: { tensor: `${tensor}.weight`, shape: [hidden] },
    bias: { tensor: `${tensor}.bias`, shape: [hidden] },
    epsilon,
    unit: 0,
  });
  const embed = (tensor: string, index: EmbedIndex, rows: number, offset: number): Step => ({
    do: 'embed',
    out: 'x',
    table: { tensor: `${prefix}embeddings.${tensor}.weight`, shape: [rows, hidden] },
    index,
    offset,
    scale: 1,
    add: index !== 'token',
  });
  // positions of RoBERTa begin behind its padding token's
  const offset = isRoberta ? config.number('pad_token_id', 1) + 1 : 0;
  const first: Stage = {
    name: 'embeddings',
    steps: [
      embed('word_embeddings', 'token', vocabulary, 0),
      embed('position_embeddings', 'position', positions, offset),
      embed('token_type_embeddings', 'type', config.size('type_vocab_size', 2), 0),
      norm('x', `${prefix}embeddings.LayerNorm`),
    ],
  };
  const layers = Array.from({ length: config.layers() }, (_, index): Stage[] => {
    const at = `${prefix}encoder.layer.${index}.`;
    return [
      {
        name: `layer ${index} attention`,
        steps: [
          linear('x', 'q', `${at}attention.self.query`, hidden, hidden),
          linear('x', 'k', `${at}attention.self.key`, hidden, hidden),
          linear('x', 'v', `${at}attention.self.value`, hidden, hidden),
          {
            do: 'attend',
            q: 'q',
            k: 'k',
            v: 'v',
            out: 'a',
            heads,
            keyValueHeads: heads,
            scale: 1 / Math.sqrt(hidden / heads),
            softCap: undefined,
            causal: false,
            window: undefined,
          },
          linear('a', 'x', `${at}attention.output.dense`, hidden, hidden, true),
          norm('x', `${at}attention.output.LayerNorm`),
        ],
      },
      {
        name: `layer ${index} feed-forward`,
        steps: [
          linear('x', 'inner', `${at}intermediate.dense`, inner, hidden),
          { do: 'activate', slot: 'inner', activation, times: undefined },
          linear('inner', 'x', `${at}output.dense`, hidden, inner, true),
          norm('x', `${at}output.LayerNorm`),
        ],
      },
    ];
  });
  const tokens = (width: number, kept = false): Slot => ({ width, rows: 'tokens', kept });
  const picked = (width: number): Slot => ({ width, rows: 'picked', kept: true });
  const slots: Record<string, Slot> = {
    x: tokens(hidden, true),
    q: tokens(hidden),
    k: tokens(hidden),
    v: tokens(hidden),
    a: tokens(hidden),
    inner: tokens(inner),
    first: picked(hidden),
    ...(isReranker && { pooled: picked(hidden), score: picked(1) }),
  };
  const take: Step = { do: 'pick', in: 'x', out: 'first' };
  const last: Stage = { name: 'first token', steps: isReranker ? [take, ...classifier(source, hidden)] : [take] };
  return {
    architecture,
    kind: isReranker ? 'reranker' : 'encoder',
    vocabulary,
    maxTokens: positions - offset,
    segments: !isRoberta,
    slots,
    stages: [first, ...layers.flat(), last],
    result: isReranker ? 'score' : 'first',
  };
}

/** The logit of a pair: BERT's pooler and classifier, or RoBERTa's classifier of two layers. */
function classifier({ config }: ProgramSource, hidden: number): Step[] {
  const labels = Object.keys(config.object('id2label')?.fields ?? { 0: '' }).length;
  if (labels !== 1) {
    throw new SwizzleError(
      'checkpoint',
      `${config.label}: cannot be run: expected a reranker of 1 label, found ${labels}`,
    );
  }
  const isRoberta = config.text('model_type') !== 'bert';
  const tanh: Activation = 'tanh';
  return [
    linear('first', 'pooled', isRoberta ? 'classifier.dense' : 'bert.pooler.dense', hidden, hidden),
    { do: 'activate', slot: 'pooled', activation: tanh, times: undefined },
    linear('pooled', 'score', isRoberta ? 'classifier.out_proj' : 'classifier', 1, hidden),
  ];
}

function linear(from: string, to: string, tensor: string, columns: number, k: number, add = false): LinearStep {
  return {
    do: 'linear',
    in: from,
    out: to,
    weight: { tensor: `${tensor}.weight`, shape: [columns, k] },
    bias: { tensor: `${tensor}.bias`, shape: [columns] },
    add,
  };
}
