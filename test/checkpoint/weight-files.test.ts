import test from 'ava';
import { chooseWeightFiles } from '../../src/models/checkpoint/files/weight-files.ts';

const NONE = 'm: holds no model.safetensors and no pytorch_model.bin, nor an index of shards';

for (const [name, what] of [
  ['tf_model.h5', "is TensorFlow's"],
  ['flax_model.msgpack', "is Flax's"],
  ['model.onnx', 'is an ONNX graph'],
  ['weights.npz', "is MLX's or NumPy's"],
  ['model.tflite', "is TensorFlow Lite's"],
] as const) {
  test(`weights of other programs are named: ${name}`, (t) => {
    const message = `${NONE}; ${name} ${what} and is not read: save the model as safetensors there`;
    t.throws(() => chooseWeightFiles('m', ['config.json', name]), { message });
    t.deepEqual(chooseWeightFiles('m', [name, 'model.safetensors']), { files: ['model.safetensors'] });
  });
}

test('a pipeline of diffusers, and a folder of which nothing is known', (t) => {
  const message = `${NONE}; it is a pipeline of diffusers: name the folder of one of its models`;
  t.throws(() => chooseWeightFiles('m', ['model_index.json', 'unet']), { message });
  t.throws(() => chooseWeightFiles('m', ['notes.txt']), { message: NONE });
});
