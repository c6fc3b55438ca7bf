/** Sorting, copying, linking a variant's points and row, arrow keys in charts, and opening the recipe that a link leads to. Inline in report.html; plain browser JavaScript. */
export const PAGE_SCRIPT = `
'use strict';
const table = document.getElementById('leaderboard');
const heads = [...table.tHead.rows[1].cells];
const linked = new Map();
for (const element of document.querySelectorAll('figure a, tr[data-variant], details[data-variant]')) {
  const variant = element.dataset.variant ?? element.getAttribute('href').slice(1);
  if (!linked.has(variant)) linked.set(variant, []);
  linked.get(variant).push(element);
  const mark = (on) => () => { for (const one of linked.get(variant)) one.classList.toggle('linked', on); };
  for (const event of ['pointerenter', 'focusin']) element.addEventListener(event, mark(true));
  for (const event of ['pointerleave', 'focusout']) element.addEventListener(event, mark(false));
}
for (const figure of document.querySelectorAll('figure')) {
  const points = [...figure.querySelectorAll('a')];
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = points.indexOf(document.activeElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    const next = points[(at + step + points.length) % points.length];
    points[at].setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus();
  });
}
const said = document.getElementById('said');
for (const head of heads) {
  const button = document.createElement('button');
  button.type = 'button';
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => {
    const rising = head.getAttribute('aria-sort') !== 'ascending';
    for (const other of heads) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
    const number = head.dataset.sort === 'number';
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      return number ? parseFloat(cell.dataset.value ?? cell.textContent) : cell.textContent;
    };
    const order = (a, b) => (number ? a - b : a < b ? -1 : Number(a > b));
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: key(row) }));
    rows.sort((a, b) => {
      if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key));
      return rising ? order(a.key, b.key) : order(b.key, a.key);
    });
    table.tBodies[0].append(...rows.map(({ row }) => row));
  });
}
for (const button of document.querySelectorAll('button.copy')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const code = document.getElementById(button.dataset.recipe).querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      say(button, 'Copied');
    } catch {
      code.closest('details').open = true;
      getSelection().selectAllChildren(code);
      say(button, 'Selected');
    }
  });
}
function say(button, text) {
  said.textContent = text;
  button.textContent = text;
  setTimeout(() => { button.textContent = 'Copy recipe'; }, 1500);
}
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.closest('details');
  if (details) { details.open = true; target.scrollIntoView({ block: 'center' }); }
}
addEventListener('hashchange', openTarget);
openTarget();
`;
