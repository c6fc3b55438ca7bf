/** A module whose one function is f32x4.relaxed_madd. */
const PROBE = Buffer.from('AGFzbQEAAAABCAFgA3t7ewF7AwIBAAoNAQsAIAAgASAC/YUCCw==', 'base64');

/** Whether the engine takes relaxed SIMD, and with it fused multiply-add: V8 from 11.4 on (Node 22). */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(PROBE);
}
