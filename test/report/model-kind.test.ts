import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { modelKind, sentenceTransformersFiles } from '../../src/run/card/model-kind.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

function config(architecture: string, more: object = {}): string {
  return JSON.stringify({ architectures: [architecture], hidden_size: 384, ...more });
}

test('kinds by architecture', (t) => {
  const kinds = [
    ['LlamaForCausalLM', 'decoder'],
    ['GPT2LMHeadModel', 'decoder'],
    ['T5ForConditionalGeneration', 'decoder'],
    ['BertModel', 'encoder'],
    ['XLMRobertaModel', 'encoder'],
    ['XLMRobertaForSequenceClassification', 'reranker'],
    // its sentence vector is the last token's: nothing may be claimed for it
    ['MistralModel', 'other'],
    ['BertForMaskedLM', 'other'],
  ] as const;
  for (const [architecture, kind] of kinds) t.is(modelKind(config(architecture)), kind, architecture);
  t.is(modelKind(undefined), 'other');
});

test('an encoder gets sentence-transformers files as LM_Cocktail writes them: CLS, normalised', (t) => {
  const files = sentenceTransformersFiles(config('XLMRobertaModel', { max_position_embeddings: 8194 }), ['vocab.txt']);
  const content = Object.fromEntries(files.map(({ name, text }) => [name, JSON.parse(text)]));
  t.deepEqual(
    content['modules.json'].map((module: { path: string; type: string }) => [module.path, module.type]),
    [
      ['', 'sentence_transformers.models.Transformer'],
      ['1_Pooling', 'sentence_transformers.models.Pooling'],
      ['2_Normalize', 'sentence_transformers.models.Normalize'],
    ],
  );
  t.deepEqual(content['1_Pooling/config.json'], {
    word_embedding_dimension: 384,
    pooling_mode_cls_token: true,
    pooling_mode_mean_tokens: false,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  });
  t.deepEqual(content['sentence_bert_config.json'], { max_seq_length: 8192, do_lower_case: false });
});

test('what the base model has of its own is kept; decoders and rerankers get nothing', (t) => {
  t.deepEqual(sentenceTransformersFiles(config('BertModel'), ['modules.json', '1_Pooling/config.json']), []);
  t.deepEqual(sentenceTransformersFiles(config('LlamaForCausalLM'), []), []);
  t.deepEqual(sentenceTransformersFiles(config('XLMRobertaForSequenceClassification'), []), []);
});

test('a merged encoder has the layout on disk; one with its own keeps it', async (t) => {
  const folder = await temporaryFolder(t);
  const model = join(folder, 'encoder');
  await cp('fixtures/mini-cocktail/base', model, { recursive: true });
  await writeFile(join(model, 'config.json'), config('BertModel', { max_position_embeddings: 512 }));
  const merge = async (out: string): Promise<void> => {
    const args = ['merge', model, model, '--weights', '0.5', '0.5', '-o', join(folder, out), '--device', 'cpu'];
    const { code, stderr } = await swizzle(args);
    t.is(code, 0, stderr);
  };
  await merge('first');
  const pooling = await readFile(join(folder, 'first/1_Pooling/config.json'), 'utf8');
  t.is(JSON.parse(pooling).pooling_mode_cls_token, true);
  await cp(join(folder, 'first'), model, { recursive: true });
  await rm(join(model, 'swizzle_recipe.yml'));
  await writeFile(join(model, '1_Pooling/config.json'), '{"pooling_mode_mean_tokens": true}');
  await merge('second');
  t.is(await readFile(join(folder, 'second/1_Pooling/config.json'), 'utf8'), '{"pooling_mode_mean_tokens": true}');
});
