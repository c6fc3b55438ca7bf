import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const run = promisify(execFile);
const PYTHON = process.env['SWIZZLE_PYTHON'];

async function python(code: string, args: readonly string[]): Promise<string> {
  if (PYTHON === undefined) throw new Error('no Python');
  const { stdout } = await run(PYTHON, ['-c', code, ...args], { maxBuffer: 1 << 26 });
  return stdout.trim();
}

const missing =
  PYTHON === undefined
    ? 'SWIZZLE_PYTHON names no Python with torch and transformers'
    : await python('import torch, transformers', []).then(
        () => undefined,
        () => `${PYTHON} has no torch and transformers`,
      );
const withTransformers = testUnless(missing);

/** Writes small models with random weights: six layers, whose kinds differ where the family has several. */
const MAKE = `
import sys, torch
from transformers import *
torch.manual_seed(1)
common = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=6, num_attention_heads=2, num_key_value_heads=1,
              head_dim=16, vocab_size=64, max_position_embeddings=64, sliding_window=8, pad_token_id=0, bos_token_id=1, eos_token_id=2)
kinds = ['full_attention', 'sliding_attention', 'full_attention', 'full_attention', 'sliding_attention', 'sliding_attention']
text = Gemma3TextConfig(**common, layer_types=kinds)
vision = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=7, num_attention_heads=2, image_size=28, patch_size=14)
models = {
  'qwen2': Qwen2ForCausalLM(Qwen2Config(**common, use_sliding_window=True, layer_types=kinds)),
  'qwen3': Qwen3ForCausalLM(Qwen3Config(**common, use_sliding_window=True, layer_types=kinds)),
  'gemma3': Gemma3ForCausalLM(text),
  'smollm3': SmolLM3ForCausalLM(SmolLM3Config(**common, use_sliding_window=True, layer_types=kinds, no_rope_layers=[1, 0, 1, 1, 0, 1])),
  'gpt-oss': GptOssForCausalLM(GptOssConfig(**common, num_local_experts=2, num_experts_per_tok=1, layer_types=kinds)),
  'gemma3-vision': Gemma3ForConditionalGeneration(Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4)),
  'qwen2-vision': Qwen2VLForConditionalGeneration(Qwen2VLConfig(
    text_config=dict(common, rope_parameters=dict(rope_type='default', rope_theta=1e4, mrope_section=[2, 3, 3])),
    vision_config=dict(depth=7, embed_dim=32, hidden_size=32, num_heads=2, patch_size=14))),
}
for name, model in models.items(): model.to(torch.bfloat16).save_pretrained(sys.argv[1] + '/' + name)
`;

/** Loads outputs, and says of each what was missing or too much, its layers' kinds, and which towers are not as they were. */
const LOAD = `
import sys, json, torch
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
found = {}
for name in sys.argv[2:]:
  kind = AutoModelForImageTextToText if 'vision' in name else AutoModelForCausalLM
  before = kind.from_pretrained(sys.argv[1] + '/' + name, dtype='auto').state_dict()
  model, info = kind.from_pretrained(sys.argv[1] + '/' + name + '-long', dtype='auto', output_loading_info=True)
  config = model.config.get_text_config()
  tower = [key for key, value in model.state_dict().items() if '.visi' in key or '.visual' in key]
  found[name] = dict(
    missing=sorted(info['missing_keys']), unexpected=sorted(info['unexpected_keys']), layers=config.num_hidden_layers,
    kinds=''.join(kind[0] for kind in config.layer_types), rope=getattr(config, 'no_rope_layers', None), tower=len(tower) > 0,
    changed=[key for key in tower if not torch.equal(before[key], model.state_dict()[key])],
    logits=list(model(input_ids=torch.tensor([[1, 5, 7, 9]])).logits.shape))
print(json.dumps(found))
`;

const MODELS = ['qwen2', 'qwen3', 'gemma3', 'smollm3', 'gpt-oss', 'gemma3-vision', 'qwen2-vision'];

withTransformers('stacked layers load in transformers: kinds of layers follow, towers stay as they were', async (t) => {
  t.timeout(300_000);
  const folder = await temporaryFolder(t);
  await python(MAKE, [folder]);
  for (const name of MODELS) {
    const source = (begin: number, end: number): string => {
      return `  - sources: [{model: ${join(folder, name)}, layer_range: [${begin}, ${end}]}]\n`;
    };
    const recipe = join(folder, `${name}.yml`);
    await writeFile(recipe, `merge_method: passthrough\nslices:\n${source(0, 4)}${source(2, 6)}`);
    await merge(await loadRecipe(recipe), { out: join(folder, `${name}-long`), device: 'cpu' });
  }
  const found = JSON.parse(await python(LOAD, [folder, ...MODELS]));
  for (const name of MODELS) {
    t.deepEqual(
      found[name],
      {
        missing: [],
        unexpected: [],
        layers: 8,
        kinds: name === 'qwen2-vision' ? 'ffffffff' : 'fsffffss',
        rope: name === 'smollm3' ? [1, 0, 1, 1, 1, 1, 0, 1] : null,
        tower: name.endsWith('vision'),
        changed: [],
        logits: [1, 4, 64],
      },
      name,
    );
  }
});

/** Two models of Mistral's kind with 32 layers, as SOLAR's depth was made from, cut in width. */
const MAKE_DEEP = `
import sys, torch
from transformers import MistralConfig, MistralForCausalLM
for seed, name in enumerate(['first', 'second']):
  torch.manual_seed(seed)
  config = MistralConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=32, num_attention_heads=2, num_key_value_heads=1,
                         head_dim=16, vocab_size=64, max_position_embeddings=64, bos_token_id=1, eos_token_id=2)
  MistralForCausalLM(config).to(torch.bfloat16).save_pretrained(sys.argv[1] + '/' + name)
`;

/** Loads outputs; of the stacked one, whether layers are the ones of their sources; of the blended one, where they come from. */
const LOAD_DEEP = `
import sys, json, torch
from transformers import AutoModelForCausalLM
folder = sys.argv[1]
load = lambda name: AutoModelForCausalLM.from_pretrained(folder + '/' + name, dtype='auto', output_loading_info=True)
(first, _), (second, _) = load('first'), load('second')
found = {}
for name in sys.argv[2:]:
  model, info = load(name)
  found[name] = dict(missing=sorted(info['missing_keys']), unexpected=sorted(info['unexpected_keys']),
                     layers=model.config.num_hidden_layers, finite=bool(torch.isfinite(model(torch.tensor([[1, 5, 7, 9]])).logits).all()))
stacked, _ = load('stacked')
weight = lambda model, i: model.model.layers[i].mlp.up_proj.weight
found['stacked']['same'] = all(torch.equal(weight(stacked, i), weight(first, i) if i < 24 else weight(second, i - 16)) for i in range(48))
blended, _ = load('blended')
t = lambda i: (torch.dot((weight(blended, i) - weight(stacked, i)).float().flatten(), (weight(other, i) - weight(stacked, i)).float().flatten())
               / (weight(other, i) - weight(stacked, i)).float().square().sum()).item()
other, _ = load('other')
found['blended']['t'] = [round(t(i), 2) for i in (0, 24, 47)]
print(json.dumps(found))
`;

withTransformers(
  '48 layers stacked as SOLAR’s are, and a slerp with gradients over them, load in transformers',
  async (t) => {
    t.timeout(300_000);
    const folder = await temporaryFolder(t);
    await python(MAKE_DEEP, [folder]);
    const stack = (lower: string, upper: string): string =>
      `merge_method: passthrough\nslices:\n  - sources: [{ model: ${join(folder, lower)}, layer_range: [0, 24] }]\n` +
      `  - sources: [{ model: ${join(folder, upper)}, layer_range: [8, 32] }]\ndtype: bfloat16\n`;
    const blend = `merge_method: slerp
base_model: ${join(folder, 'stacked')}
slices:
  - sources:
      - { model: ${join(folder, 'stacked')}, layer_range: [0, 48] }
      - { model: ${join(folder, 'other')}, layer_range: [0, 48] }
parameters:
  t:
    - { filter: mlp, value: [0, 0.5, 1] }
    - { value: 0.5 }
dtype: bfloat16
`;
    const recipes = { stacked: stack('first', 'second'), other: stack('second', 'first'), blended: blend };
    for (const [name, text] of Object.entries(recipes)) {
      const path = join(folder, `${name}.yml`);
      await writeFile(path, text);
      await merge(await loadRecipe(path), { out: join(folder, name), device: 'cpu' });
    }
    const found = JSON.parse(await python(LOAD_DEEP, [folder, 'stacked', 'blended'])) as Record<string, object>;
    const good = { missing: [], unexpected: [], layers: 48, finite: true };
    t.deepEqual(found['stacked'], { ...good, same: true });
    t.like(found['blended'], good);
    const { t: shares = [] } = found['blended'] as { t?: number[] };
    t.is(shares[0], 0);
    t.true(Math.abs((shares[1] ?? 0) - 0.51) < 0.03, shares.join());
    t.is(shares[2], 1);
  },
);
