/** Sorting, copying, and opening the recipe that a link leads to. Inline in report.html; plain browser JavaScript. */
export const PAGE_SCRIPT = `
'use strict';
const table = document.getElementById('leaderboard');
const heads = [...table.tHead.rows[1].cells];
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
