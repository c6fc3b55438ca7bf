import { byteLength, type FloatDtype } from '../dtype.ts';
import { type Layout, type PlacedWeight, tooLarge } from './layout.ts';
import { isShaderDtype } from '../matrix/webgpu/elements.ts';

/** What a GPU allows, in bytes. */
export interface BufferLimits {
  readonly buffer: number;
  readonly binding: number;
}

/** Why a GPU cannot run what is laid out so, or undefined. */
export function gpuRefusal({ bytes, stages, share }: Layout, { buffer, binding }: BufferLimits): string | undefined {
  if (bytes > buffer) return tooLarge('the GPU', bytes, buffer);
  // an op sees the activations of one slot at most
  if (share.activations > binding) return tooLarge('a binding of the GPU', share.activations, binding);
  for (const { weights } of stages) {
    for (const weight of weights.values()) {
      const odd = dtypesOf(weight).find((dtype) => !isShaderDtype(dtype));
      if (odd !== undefined) return `${weight.key} is ${odd}, which no shader computes with`;
      const most = largestOperand(weight);
      if (most > binding) return tooLarge(`${weight.key}: a binding of the GPU`, most, binding);
    }
  }
  return undefined;
}

function dtypesOf({ inputs, variants, isMerged }: PlacedWeight): FloatDtype[] {
  return [...inputs.map(({ dtype }) => dtype), ...(isMerged ? variants.map(({ dtype }) => dtype) : [])];
}

/** The merge's kernel is bound to all inputs of a weight together; what is a variant's own is bound alone. */
function largestOperand({ inputs, raw, elements, isOwn, isConverted }: PlacedWeight): number {
  if (isOwn) return elements * 4;
  const first = raw[0] ?? 0;
  const span = Math.max(...inputs.map(({ dtype }, i) => (raw[i] ?? 0) - first + byteLength(dtype, elements)));
  return Math.max(span, isConverted ? elements * 4 : 0);
}
