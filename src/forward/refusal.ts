import { byteLength, type FloatDtype } from '../dtype.ts';
import type { ForwardDevice } from '../matrix/device.ts';
import { tooLarge } from '../matrix/too-large.ts';
import type { Layout, PlacedWeight } from './layout.ts';

/** Why a device cannot run a layout; undefined if it can. */
export function refusalOf({ bytes, stages, share }: Layout, { limits }: ForwardDevice): string | undefined {
  const { device, memory, operand, supports } = limits;
  if (bytes > memory) return tooLarge(device, bytes, memory);
  // an op sees the activations of one slot at most
  if (share.activations > operand) return tooLarge(`a binding of ${device}`, share.activations, operand);
  for (const { weights } of stages) {
    for (const weight of weights.values()) {
      const odd = dtypesOf(weight).find((dtype) => !supports(dtype));
      if (odd !== undefined) return `${weight.key} is ${odd}, which no shader computes with`;
      const most = largestOperand(weight);
      if (most > operand) return tooLarge(`${weight.key}: a binding of ${device}`, most, operand);
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
