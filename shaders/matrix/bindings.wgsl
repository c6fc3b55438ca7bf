// What the merge's own kernels are bound to in a forward pass: inputs and outputs are parts of one buffer.
@group(0) @binding(0) var<storage, read> params: array<u32>;
@group(0) @binding(1) var<storage, read_write> inputs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> outputs: array<OutputWord>;
@group(0) @binding(3) var<storage, read_write> counters: array<atomic<u32>>;

// See lib/bindings.wgsl.
const OCTETS = 0u;
const COUNT_BEGIN = 1u;
const COUNT_END = 2u;
const SATURATE = 3u;
const OPERANDS = 4u;
