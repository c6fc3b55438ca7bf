import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { modelStore } from '../../src/models/open/model-store.ts';
import { openModel } from '../../src/models/open/open-models.ts';
import { headersOnly } from '../support/headers-only.ts';
import { planOf, tensor } from '../support/plan-of.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeSafetensors } from '../support/checkpoints.ts';

const ALONE = 'merge_method: passthrough\nmodels: [{model: m}]\n';

test('files without tensors, or with empty ones alone, are refused', (t) => {
  const refused = { instanceOf: SwizzleError, code: 'checkpoint' };
  t.is(t.throws(() => planOf([headersOnly('m', [[]])], ALONE), refused).message, 'm: holds no tensors');
  const empty = headersOnly('m', [[tensor('a', [0, 4]), tensor('b', [0])]]);
  t.is(t.throws(() => planOf([empty], ALONE), refused).message, 'm: holds only empty tensors');
  t.is(planOf([headersOnly('m', [[tensor('a', [0, 4]), tensor('b', [1])]])], ALONE).parameters, 1);
});

test('an adapter is no model: refused by its tensors, and as a folder, with what to do', async (t) => {
  const name = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';
  t.throws(() => planOf([headersOnly('m', [[tensor(name)]])], ALONE), {
    message: new RegExp(
      `^m: holds an adapter \\(tensor ${name}\\), not a model, .*: name its folder behind its base model`,
    ),
  });
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'adapter_config.json'), '{}');
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), []);
  await using store = modelStore(undefined);
  await t.throwsAsync(openModel(folder, store), {
    message:
      /: holds an adapter \(adapter_model\.safetensors\), not a model: name it behind its base model, as in BASE\+/,
  });
});
