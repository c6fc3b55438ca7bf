// Writes docs/pipeline.svg, the picture in the README: node docs/pipeline.mjs
import { writeFile } from 'node:fs/promises';

const WIDTH = 960;
const HEIGHT = 276;
const LANES = 3;

/** A box with a heading and lines of text. */
function box(x, y, width, height, heading, lines, kind = 'box') {
  const text = lines.map((line, i) => `<text class="small" x="${x + 14}" y="${y + 46 + 18 * i}">${line}</text>`);
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>
<text class="heading" x="${x + 14}" y="${y + 25}">${heading}</text>
${text.join('\n')}`;
}

function arrow(x1, y1, x2, y2) {
  const bend = (x1 + x2) / 2;
  return `<path class="arrow" marker-end="url(#tip)" d="M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}"/>`;
}

const lanes = Array.from({ length: LANES }, (_, i) => {
  const y = 62 + 66 * i;
  const part = (x, width, text, kind) =>
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="46" rx="6"/><text class="middle" x="${x + width / 2}" y="${y + 28}">${text}</text>`;
  return [
    part(412, 80, 'read', 'lane'),
    part(500, 120, i === LANES - 1 ? 'WebAssembly' : 'WGSL', 'compute'),
    part(628, 80, 'write', 'lane'),
  ].join('\n');
});

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title about">
<title id="title">How Swizzle merges</title>
<desc id="about">Recipe and headers make a plan. The plan is cut into chunks, which go through a bounded queue of lanes: each reads
its ranges, computes on the GPU or in WebAssembly, and writes its part of the shards. A journal keeps what is finished; the folder gets
its name when all of it is on the disk.</desc>
<style>
svg { font: 14px ui-sans-serif, system-ui, sans-serif; --ink: #1f2328; --soft: #59636e; --line: #8c959f; --box: #f6f8fa; --lane: #ddf4ff; --compute: #fff8c5; --done: #dafbe1; }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --soft: #9198a1; --line: #6e7681; --box: #161b22; --lane: #0c2d48; --compute: #3b2e05; --done: #0f3d1f; } }
rect { stroke: var(--line); } .box { fill: var(--box); } .lane { fill: var(--lane); } .compute { fill: var(--compute); } .done { fill: var(--done); }
.queue { fill: none; stroke-dasharray: 5 4; } text { fill: var(--ink); } .heading { font-weight: 600; } .small { font-size: 12.5px; fill: var(--soft); }
.middle { text-anchor: middle; } .arrow { fill: none; stroke: var(--line); stroke-width: 1.6; } marker path { fill: var(--line); }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${box(16, 46, 168, 76, 'Recipe', ['mergekit’s YAML,', 'adapters, tokenizers'])}
${box(16, 154, 168, 76, 'Models', ['safetensors, pickles,', 'GGUF; disk or Hub'])}
${box(224, 100, 148, 76, 'Plan', ['pure, from headers:', 'spans, jobs, chunks'])}
<rect class="queue" x="396" y="14" width="328" height="248" rx="10"/>
<text class="heading" x="410" y="40">Lanes, a bounded queue</text>
${lanes.join('\n')}
${box(764, 46, 180, 76, 'Journal', ['checksums of what is', 'done: --resume, verify'])}
${box(764, 154, 180, 76, 'OUT', ['shards, config, card,', 'whole or not there'], 'done')}
${arrow(184, 84, 224, 122)}
${arrow(184, 192, 224, 154)}
${arrow(372, 138, 396, 138)}
${arrow(724, 110, 764, 84)}
${arrow(724, 166, 764, 192)}
</svg>
`;

await writeFile(new URL('pipeline.svg', import.meta.url), svg);
