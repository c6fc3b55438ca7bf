import { parse } from 'jsonc-parser';

/** What a model is for, as far as its output folder differs. */
export type ModelKind = 'decoder' | 'encoder' | 'reranker' | 'other';

/** Text encoders whose sentence vector is the first token's: the families that LM_Cocktail mixes as `encoder`. */
const ENCODER =
  /^(Bert|Roberta|XLMRoberta|XLMRobertaXL|Camembert|DistilBert|MPNet|Electra|Deberta|DebertaV2|ModernBert|NomicBert|New|Ernie|Albert)Model$/;

/** The kind by config.json's `architectures`. */
export function modelKind(config: string | undefined): ModelKind {
  const root: unknown = config === undefined ? undefined : parse(config);
  const named = typeof root === 'object' && root !== null && 'architectures' in root ? root.architectures : undefined;
  const [architecture] = Array.isArray(named) ? named : [];
  if (typeof architecture !== 'string') return 'other';
  if (/For(CausalLM|ConditionalGeneration)$|LMHeadModel$/.test(architecture)) return 'decoder';
  if (architecture.endsWith('ForSequenceClassification')) return 'reranker';
  return ENCODER.test(architecture) ? 'encoder' : 'other';
}

/**
 * Files that an encoder's folder needs to be loaded by sentence-transformers, as LM_Cocktail writes them: the first
 * token's vector (CLS), normalised. None where the base model has a modules.json of its own, which is kept, and none
 * for other kinds: decoders and rerankers are whole with config and tokenizer.
 * @param sideFiles names of the files that the folder gets from the base model
 */
export function sentenceTransformersFiles(
  config: string | undefined,
  sideFiles: readonly string[],
): { readonly name: string; readonly text: string }[] {
  if (modelKind(config) !== 'encoder' || sideFiles.includes('modules.json')) return [];
  const root: unknown = parse(config ?? '');
  const dimension = numberAt(root, 'hidden_size') ?? numberAt(root, 'dim');
  if (dimension === undefined) return [];
  const positions = numberAt(root, 'max_position_embeddings') ?? 512;
  // RoBERTa counts positions from 2 on
  const maxTokens = positions % 256 === 2 ? positions - 2 : positions;
  const module = (idx: number, path: string, type: string): object => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${type}`,
  });
  const texts: Readonly<Record<string, unknown>> = {
    'modules.json': [
      module(0, '', 'Transformer'),
      module(1, '1_Pooling', 'Pooling'),
      module(2, '2_Normalize', 'Normalize'),
    ],
    '1_Pooling/config.json': {
      word_embedding_dimension: dimension,
      pooling_mode_cls_token: true,
      pooling_mode_mean_tokens: false,
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
    },
    '2_Normalize/config.json': {},
    'sentence_bert_config.json': { max_seq_length: maxTokens, do_lower_case: false },
  };
  return Object.entries(texts)
    .filter(([name]) => !sideFiles.includes(name))
    .map(([name, value]) => ({ name, text: `${JSON.stringify(value, undefined, 2)}\n` }));
}

function numberAt(root: unknown, key: string): number | undefined {
  if (typeof root !== 'object' || root === null) return undefined;
  const value = Object.entries(root).find(([name]) => name === key)?.[1];
  return typeof value === 'number' ? value : undefined;
}
