/** Files of weights that other programs write and that are not read here, and what they are. */
const UNREAD = [
  { is: /\.h5$/, what: "is TensorFlow's" },
  { is: /\.msgpack$/, what: "is Flax's" },
  { is: /\.onnx$/, what: 'is an ONNX graph' },
  { is: /\.npz$/, what: "is MLX's or NumPy's" },
  { is: /\.tflite$/, what: "is TensorFlow Lite's" },
] as const;

/** What a folder has in place of weights that can be read, as the end of a message; undefined where nothing is known. */
export function unreadForm(names: readonly string[]): string | undefined {
  if (names.includes('model_index.json')) return 'it is a pipeline of diffusers: name the folder of one of its models';
  for (const name of names) {
    const form = UNREAD.find(({ is }) => is.test(name));
    if (form) return `${name} ${form.what} and is not read: save the model as safetensors there`;
  }
  return undefined;
}
