// What every kernel is bound to. Operands lie one after the other in `inputs` and `outputs`, each from a 256-byte boundary on.

// Begin of an operand in `inputs` or `outputs` and weights; see layout.ts for the order.
@group(0) @binding(0) var<storage, read> params: array<u32>;
@group(0) @binding(1) var<storage, read> inputs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> outputs: array<OutputWord>;
// Three a output: NaN, infinite, overflow. Zero before the dispatch.
@group(0) @binding(3) var<storage, read_write> counters: array<atomic<u32>>;

const OCTETS = 0u; // how many octets to compute
const COUNT_BEGIN = 1u; // elements that are counted, end-exclusive
const COUNT_END = 2u;
const SATURATE = 3u; // 1: what overflows becomes the largest finite value
const OPERANDS = 4u;
