// Kernels of the forward pass. Addresses are bytes in the memory that all workers share; each call computes a part.
export { attend } from './attend';
export { activate, add } from './elements';
export { matmul } from './matmul';
export { gather, layerNorm, lossRows, rmsNorm, rotate } from './rows';
export { adam, combine, dots, scale, transpose } from './dense';
export {
  centered,
  mirrored,
  narrowed,
  reflected,
  reflector,
  reflectRows,
  rotateRows,
  scaledRow,
  tridiagonalQl,
  unitRow,
  updated,
  wideProduct,
} from './wide';
export { squares } from './squares';
// the merge's own: merged weights are the same bits as a merge would write
export { convert, weightedSum } from '../../../devices/cpu/wasm/index';
