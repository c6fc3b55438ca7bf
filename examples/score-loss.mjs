#!/usr/bin/env node
// Mean next-token loss (cross-entropy in nats) of a small Llama on token windows: a scorer for `swizzle sweep`.
// Plain JavaScript, no dependencies. The last line of its output is a JSON object: one loss for each domain
// in the windows file, and their mean as "loss".
//
//   node examples/score-loss.mjs MODEL_FOLDER [--windows FILE] [--limit N]
//
// FILE maps each domain to a list of windows, a window being a list of token ids. --limit takes the first N of each.
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    windows: { type: 'string', default: 'fixtures/mini-cocktail/windows.json' },
    limit: { type: 'string', default: 'Infinity' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: score-loss.mjs MODEL_FOLDER [--windows FILE] [--limit N]');
const limit = Number(values.limit);
if (!(limit >= 1)) throw new Error(`--limit ${values.limit}: expected a number of windows, 1 or more`);

// bits of a value, of its exponent, of its mantissa, and the exponent of infinities (-1: there are none)
const FORMS = { F16: [16, 5, 10, 31], BF16: [16, 8, 7, 255], F8_E5M2: [8, 5, 2, 31], F8_E4M3: [8, 4, 3, -1] };

const model = loadLlama(folder);
const result = {};
for (const [domain, windows] of Object.entries(JSON.parse(readFileSync(values.windows, 'utf8')))) {
  const losses = windows.slice(0, limit).map((ids) => windowLoss(model, ids));
  result[domain] = mean(losses);
}
result.loss = mean(Object.values(result));
console.log(JSON.stringify(result));

function mean(numbers) {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

// ---------------------------------------------------------------- reading

/** Every tensor of a model folder as f32, by name. */
function readTensors(folder) {
  const index = join(folder, 'model.safetensors.index.json');
  const files = existsSync(index)
    ? [...new Set(Object.values(JSON.parse(readFileSync(index, 'utf8')).weight_map))]
    : ['model.safetensors'];
  const tensors = new Map();
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
    for (const [name, { dtype, data_offsets: range }] of Object.entries(header)) {
      if (name === '__metadata__') continue;
      const data = bytes.subarray(8 + headerBytes + range[0], 8 + headerBytes + range[1]);
      tensors.set(name, decode(data, dtype, name));
    }
  }
  return tensors;
}

function decode(data, dtype, name) {
  const copy = new Uint8Array(data).buffer; // aligned, and of this tensor alone
  if (dtype === 'F64') return Float32Array.from(new Float64Array(copy));
  if (dtype === 'F32') return new Float32Array(copy);
  const [bits, ...form] = FORMS[dtype] ?? [];
  if (bits === undefined) throw new Error(`${name}: dtype ${dtype} is not a float`);
  const values = Float32Array.from({ length: 2 ** bits }, (_, code) => small(code, ...form));
  const codes = bits === 8 ? new Uint8Array(copy) : new Uint16Array(copy);
  const decoded = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) decoded[i] = values[codes[i]];
  return decoded;
}

/** The value of a float of few bits. `special` is the exponent of infinities and NaN; -1: only all ones is NaN. */
function small(bits, exponentBits, mantissaBits, special) {
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = bits & ((1 << mantissaBits) - 1);
  if (exponent === special) return mantissa === 0 ? sign * Infinity : NaN;
  if (special === -1 && (bits & 0x7f) === 0x7f) return NaN;
  const bias = (1 << (exponentBits - 1)) - 1;
  const fraction = mantissa / (1 << mantissaBits);
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

function loadLlama(folder) {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  const tensors = readTensors(folder);
  const get = (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`${folder}: no tensor ${name}`);
    return tensor;
  };
  const hidden = config.hidden_size;
  const heads = config.num_attention_heads;
  const layers = [];
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const at = (name) => get(`model.layers.${i}.${name}.weight`);
    layers.push({
      inputNorm: at('input_layernorm'),
      q: at('self_attn.q_proj'),
      k: at('self_attn.k_proj'),
      v: at('self_attn.v_proj'),
      o: at('self_attn.o_proj'),
      postNorm: at('post_attention_layernorm'),
      gate: at('mlp.gate_proj'),
      up: at('mlp.up_proj'),
      down: at('mlp.down_proj'),
    });
  }
  return {
    layers,
    hidden,
    heads,
    keyValueHeads: config.num_key_value_heads ?? heads,
    headSize: config.head_dim ?? hidden / heads,
    inner: config.intermediate_size,
    vocabulary: config.vocab_size,
    epsilon: config.rms_norm_eps,
    theta: config.rope_theta ?? config.rope_parameters?.rope_theta ?? 10000,
    embeddings: get('model.embed_tokens.weight'),
    finalNorm: get('model.norm.weight'),
    head: config.tie_word_embeddings ? get('model.embed_tokens.weight') : get('lm_head.weight'),
  };
}

// ---------------------------------------------------------------- computing

/** Mean over a window of -log p(next token). */
function windowLoss(m, ids) {
  const length = ids.length;
  const x = new Float32Array(length * m.hidden);
  ids.forEach((id, t) => x.set(m.embeddings.subarray(id * m.hidden, (id + 1) * m.hidden), t * m.hidden));
  for (const layer of m.layers) {
    const normed = rmsNorm(x, layer.inputNorm, m.epsilon);
    const q = rotate(matmul(normed, layer.q, m.hidden), m.heads, m.headSize, m.theta);
    const k = rotate(matmul(normed, layer.k, m.hidden), m.keyValueHeads, m.headSize, m.theta);
    const v = matmul(normed, layer.v, m.hidden);
    add(x, matmul(attend(m, q, k, v, length), layer.o, m.heads * m.headSize));
    const again = rmsNorm(x, layer.postNorm, m.epsilon);
    const gate = matmul(again, layer.gate, m.hidden);
    const up = matmul(again, layer.up, m.hidden);
    for (let i = 0; i < gate.length; i++) gate[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
    add(x, matmul(gate, layer.down, m.inner));
  }
  const logits = matmul(rmsNorm(x, m.finalNorm, m.epsilon), m.head, m.hidden);
  let sum = 0;
  for (let t = 0; t + 1 < length; t++) {
    const row = logits.subarray(t * m.vocabulary, (t + 1) * m.vocabulary);
    sum += logSumExp(row) - row[ids[t + 1]];
  }
  return sum / (length - 1);
}

function add(x, y) {
  for (let i = 0; i < x.length; i++) x[i] += y[i];
}

function logSumExp(row) {
  let top = -Infinity;
  for (let i = 0; i < row.length; i++) if (row[i] > top) top = row[i];
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - top);
  return top + Math.log(sum);
}

function rmsNorm(x, weight, epsilon) {
  const size = weight.length;
  const out = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += size) {
    let squares = 0;
    for (let i = 0; i < size; i++) squares += x[at + i] * x[at + i];
    const scale = 1 / Math.sqrt(squares / size + epsilon);
    for (let i = 0; i < size; i++) out[at + i] = x[at + i] * scale * weight[i];
  }
  return out;
}

/** Rotary position embedding, in place, as transformers' rotate_half: element i pairs with i + headSize / 2. */
function rotate(x, heads, headSize, theta) {
  const half = headSize / 2;
  const positions = x.length / (heads * headSize);
  for (let t = 0; t < positions; t++) {
    for (let i = 0; i < half; i++) {
      const angle = t * theta ** (-i / half);
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let h = 0; h < heads; h++) {
        const at = (t * heads + h) * headSize + i;
        const a = x[at];
        const b = x[at + half];
        x[at] = a * cos - b * sin;
        x[at + half] = b * cos + a * sin;
      }
    }
  }
  return x;
}

/** Causal attention with grouped key-value heads. q is [length, heads, headSize], k and v [length, keyValueHeads, headSize]. */
function attend(m, q, k, v, length) {
  const size = m.headSize;
  const out = new Float32Array(q.length);
  const scores = new Float32Array(length);
  for (let h = 0; h < m.heads; h++) {
    const group = Math.floor(h / (m.heads / m.keyValueHeads));
    for (let t = 0; t < length; t++) {
      const from = (t * m.heads + h) * size;
      for (let s = 0; s <= t; s++) {
        const key = (s * m.keyValueHeads + group) * size;
        let dot = 0;
        for (let i = 0; i < size; i++) dot += q[from + i] * k[key + i];
        scores[s] = dot / Math.sqrt(size);
      }
      const total = logSumExp(scores.subarray(0, t + 1));
      for (let s = 0; s <= t; s++) {
        const share = Math.exp(scores[s] - total);
        const value = (s * m.keyValueHeads + group) * size;
        for (let i = 0; i < size; i++) out[from + i] += share * v[value + i];
      }
    }
  }
  return out;
}

/** x · wᵀ: x is [rows, size], w is [columns, size], both row by row; columns is a multiple of 4. Four columns at a time share each x. */
function matmul(x, w, size) {
  const rows = x.length / size;
  const columns = w.length / size;
  const out = new Float32Array(rows * columns);
  for (let c = 0; c < columns; c += 4) {
    for (let r = 0; r < rows; r++) fourProducts(x, r * size, w, c * size, size, out, r * columns + c);
  }
  return out;
}

/** One row of x with four rows of w. */
function fourProducts(x, xAt, w, wAt, size, out, outAt) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < size; i++) {
    const value = x[xAt + i];
    a += value * w[wAt + i];
    b += value * w[wAt + size + i];
    c += value * w[wAt + 2 * size + i];
    d += value * w[wAt + 3 * size + i];
  }
  out[outAt] = a;
  out[outAt + 1] = b;
  out[outAt + 2] = c;
  out[outAt + 3] = d;
}
