/** The report's look: light and dark, from a phone to paper. */
export const PAGE_STYLE = `
:root { --ink: #1f2937; --soft: #6b7280; --line: #e5e7eb; --page: #f6f7f9; --surface: #ffffff; --accent: #c2410c; --link: #1d4ed8;
  --code: #f3f4f6; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --soft: #9ca3af; --line: #2a2f3a; --page: #0e1116; --surface: #16191f; --accent: #fb923c; --link: #93c5fd;
    --code: #1f242d; --bad: #fca5a5; }
}
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink);
  background: var(--page); -webkit-text-size-adjust: 100%; font-variant-numeric: tabular-nums; }
body { margin: 0 auto; max-width: 1320px; padding: 32px 24px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; line-height: 1.3; margin: 0 0 12px; }
.lead { margin: 0 0 24px; color: var(--soft); }
.lead b { color: var(--ink); font-weight: 600; }
a { color: var(--link); }
section + section { margin-top: 40px; }
.leader { display: flex; flex-wrap: wrap; align-items: center; gap: 16px 40px; padding: 20px 24px; background: var(--surface);
  border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 10px; }
.leader .score { display: grid; }
.leader .what, .leader dt { color: var(--soft); font-size: .8125rem; }
.leader strong { font-size: 2.25rem; line-height: 1.1; letter-spacing: -.02em; color: var(--accent); }
.leader dl { display: flex; flex-wrap: wrap; gap: 8px 24px; margin: 0; }
.leader dd { margin: 0; font-size: 1.125rem; font-weight: 600; }
.leader .metrics { padding-left: 40px; border-left: 1px solid var(--line); }
.leader .metrics dd { font-weight: 400; }
.leader .copy { margin-left: auto; }
.lead-by { flex-basis: 100%; margin: 0; padding: 12px 0 0; border-top: 1px solid var(--line); list-style: none; display: flex;
  flex-wrap: wrap; gap: 4px 32px; font-size: .9375rem; }
.doubt { color: var(--soft); font-style: italic; }
.on-paper { display: none; }
.skip { position: absolute; left: 16px; top: -48px; padding: 8px 14px; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; }
.skip:focus { top: 8px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 20px; margin-top: 20px; }
figure { margin: 0; padding: 20px 20px 16px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px;
  display: flex; flex-direction: column; }
figure h2 { font-size: 1rem; }
figure svg { width: 100%; max-width: 460px; height: auto; margin: auto; }
figcaption { margin-top: 12px; color: var(--soft); font-size: .8125rem; line-height: 1.45; }
.scroll { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { padding: 6px 14px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 400; }
.number { text-align: right; }
thead th { color: var(--soft); font-weight: 600; font-size: .8125rem; }
.groups > * { border-bottom: 0; padding-bottom: 0; text-align: center; font-weight: 400; }
thead .groups th { border-bottom: 1px solid var(--line); font-weight: 400; font-size: .75rem; }
tr.linked > *, details.linked { background: color-mix(in srgb, var(--accent) 16%, transparent); }
thead button { font: inherit; color: inherit; background: none; border: 0; padding: 2px 0; cursor: pointer; }
thead button:hover { color: var(--ink); }
[aria-sort] { color: var(--ink); }
[aria-sort] span::after { content: " ↑"; }
[aria-sort="descending"] span::after { content: " ↓"; }
.failed { color: var(--bad); }
td.failed { font-weight: 600; }
td.text:last-child { color: var(--soft); font-size: .8125rem; }
.folder { margin: 0 0 8px; color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--line); }
summary { padding: 6px 0; cursor: pointer; overflow-wrap: anywhere; font-size: .875rem; }
.recipe { position: relative; margin: 4px 0 16px; scroll-margin-top: 80px; }
.recipe:target pre { outline: 2px solid var(--accent); }
pre { margin: 0; padding: 16px; background: var(--code); border-radius: 8px; overflow-x: auto; font-size: .8125rem; line-height: 1.5; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.copy { font: inherit; font-size: .875rem; padding: 6px 14px; color: var(--ink); background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; cursor: pointer; }
.copy:hover { border-color: var(--soft); }
.recipe .copy { position: absolute; top: 8px; right: 8px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 600px) {
  body { padding: 20px 14px 48px; }
  .leader { padding: 16px; gap: 12px 28px; }
  .leader .copy { margin-left: 0; }
  .leader .metrics { padding-left: 0; border-left: 0; }
  figure { padding: 16px 12px 12px; }
  th, td { padding: 8px 10px; }
  .wide { display: none; }
  .recipe .copy { position: static; margin-bottom: 8px; }
}
@media print {
  :root { --ink: #000; --soft: #444; --line: #ccc; --page: #fff; --surface: #fff; --accent: #c2410c; --link: #000; --code: #fff; }
  html { font-size: 11pt; }
  body { padding: 0; max-width: none; }
  .copy, .recipes, .skip { display: none; }
  .on-paper { display: block; flex-basis: 100%; padding: 0; font-size: 8pt; white-space: pre-wrap; }
  .charts { grid-template-columns: 1fr 1fr; gap: 10px; }
  figure, .leader, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  main > section:nth-of-type(3) { break-before: page; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; border: 0; }
  th, td { padding: 2px 6px; font-size: 8pt; white-space: normal; }
  thead th { white-space: nowrap; }
  td.text:last-child { overflow-wrap: anywhere; font-size: 7pt; }
  a { text-decoration: none; }
}
`;
