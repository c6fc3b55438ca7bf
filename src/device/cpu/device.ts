// bring-up stub
import { readSync, writeSync } from 'node:fs';
import { elementReader } from '../../compare/decode.ts';
import type { Device } from '../device.ts';
import { DTYPES } from '../../dtype.ts';
const f = new Float32Array(1),
  u = new Uint32Array(f.buffer);
function enc(dtype: string, v: number, out: DataView, i: number): void {
  f[0] = v;
  const b = u[0] ?? 0;
  if (dtype === 'F32') out.setFloat32(i * 4, v, true);
  else if (dtype === 'BF16') out.setUint16(i * 2, (b + 0x7fff + ((b >>> 16) & 1)) >>> 16, true);
  else {
    const s = (b >>> 16) & 0x8000,
      a = b & 0x7fffffff;
    let h;
    if (a >= 0x477ff000) h = 0x7c00;
    else if (a >= 0x38800000) h = (a - 0x38000000 + 0xfff + ((a >>> 13) & 1)) >>> 13;
    else {
      f[0] = Math.abs(v) + 0.5;
      h = (u[0] ?? 0) - 0x3f000000;
    }
    out.setUint16(i * 2, s | h, true);
  }
}
export function createCpuDevice(): Device {
  return {
    kind: 'cpu',
    name: 'cpu (stub)',
    limits: { inputBytes: 2 ** 30, outputBytes: 2 ** 30 },
    supports: () => true,
    async createLane(_s, files) {
      return {
        async run(chunk) {
          const ins = chunk.inputs.map(({ dtype, ranges }) => {
            const b = Buffer.alloc(chunk.elements * DTYPES[dtype].bytes);
            let at = 0;
            for (const r of ranges) {
              readSync(files.inputs[r.file]?.fd ?? -1, b, at, r.length, r.begin);
              at += r.length;
            }
            return b;
          });
          for (const o of chunk.outputs) {
            let out: Buffer;
            if (chunk.kernel === 'copy') out = ins[0] ?? Buffer.alloc(0);
            else {
              out = Buffer.alloc(chunk.elements * DTYPES[o.dtype].bytes);
              const dv = new DataView(out.buffer, out.byteOffset, out.length);
              const rs = ins.map((b, i) => elementReader(chunk.inputs[i]?.dtype ?? 'F32', b));
              for (let i = 0; i < chunk.elements; i++) {
                let acc = 0;
                rs.forEach((r, k) => {
                  acc = Math.fround(acc + Math.fround(Math.fround(o.weights[k] ?? 1) * r(i)));
                });
                enc(o.dtype, acc, dv, i);
              }
            }
            writeSync(files.outputs[o.file]?.fd ?? -1, out, 0, out.length, o.begin);
          }
          return { tensors: [], differing: [], readMs: 0, computeMs: 0, writeMs: 0 };
        },
        async [Symbol.asyncDispose]() {},
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}
