import { formatNumber, recipeAnchor } from '../charts/drawing.ts';
import { escapeHtml } from './escape.ts';
import { scoreFormat, shortNames, signed } from '../format.ts';
import { shownRows } from '../ranking.ts';
import type { ReportRow, SweepReport } from '../sweep-report.ts';

/** A column: its head, and each row's cell. */
interface Column {
  readonly name: string;
  readonly kind: 'number' | 'text';
  readonly group: 'parameters' | 'scores' | '';
  /** "wide": left out on phones. */
  readonly wide: boolean;
  /** How rows are sorted when the page opens. */
  readonly sorted?: 'ascending' | 'descending' | undefined;
  readonly cell: (row: ReportRow, index: number) => Cell;
}

interface Cell {
  /** HTML. */
  readonly text: string;
  /** What sorting goes by, where that is not the text. */
  readonly value?: number | undefined;
  readonly state?: string;
}

const NOTHING: Cell = { text: '–' };

/** The leaderboard: rank, objective, parameters, other scores, time, state, folder. */
export function leaderboardTable(report: SweepReport): string {
  const columns = columnsOf(report);
  const heads = columns.map(({ name, kind, wide, sorted }) => {
    const order = sorted === undefined ? '' : ` aria-sort="${sorted}"`;
    return `<th scope="col" class="${classes(kind, wide)}" data-sort="${kind}"${order}><span>${escapeHtml(name)}</span></th>`;
  });
  const rows = shownRows(report).flatMap((index) => {
    const row = report.rows[index];
    if (row === undefined) return [];
    const cells = columns.map(({ kind, wide, cell }, at) => {
      const { text, value, state } = cell(row, index);
      const data = value === undefined ? '' : ` data-value="${value}"`;
      const className = classes(kind, wide, state);
      return at === 0
        ? `<th scope="row" class="${className}"${data}>${text}</th>`
        : `<td class="${className}"${data}>${text}</td>`;
    });
    return `<tr data-variant="${recipeAnchor(row.variant)}">${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Leaderboard, the table">
<table id="leaderboard">
<thead><tr class="groups">${groups(columns)}</tr><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>`;
}

function columnsOf({ rows, objective, parameters, metrics }: SweepReport): Column[] {
  const names = shortNames(rows.map((row) => row.parameters));
  const score = (metric: string, wide: boolean): Column => {
    const values = rows.flatMap((row) => row.scores?.[metric] ?? []);
    const format = scoreFormat(values);
    const sorted = metric !== objective?.metric ? undefined : objective.goal === 'min' ? 'ascending' : 'descending';
    const cell = ({ scores }: ReportRow): Cell => {
      const value = scores?.[metric];
      return value === undefined ? NOTHING : { text: format(value), value };
    };
    return { name: metric, kind: 'number', group: 'scores', wide, sorted, cell };
  };
  const parameter = (name: string): Column => {
    const numeric = rows.every((row) => typeof row.parameters[name] === 'number');
    const cell = ({ parameters: own }: ReportRow): Cell => {
      const value = own[name];
      if (typeof value === 'number') return { text: formatNumber(value), value };
      return value === undefined ? NOTHING : { text: escapeHtml(String(value)) };
    };
    return { name, kind: numeric ? 'number' : 'text', group: 'parameters', wide: false, cell };
  };
  const rank: Column = {
    name: '#',
    kind: 'number',
    group: '',
    wide: false,
    cell: ({ variant }, index) => {
      const label = `${index + 1}: ${names[index] ?? ''}`;
      const link = `<a href="#${recipeAnchor(variant)}" aria-label="${escapeHtml(label)}">${index + 1}</a>`;
      return { text: link, value: index + 1 };
    },
  };
  const [first, ...others] = metrics;
  const timed = rows.some(({ seconds }) => seconds !== undefined);
  return [
    rank,
    ...(first === undefined ? [] : [score(first, false)]),
    ...(rows.some(({ toLeader }) => toLeader?.error !== undefined) ? [toLeader(rows)] : []),
    ...parameters.map(parameter),
    ...others.map((metric) => score(metric, true)),
    ...(timed ? [time] : []),
    { name: 'state', kind: 'text', group: '', wide: true, cell: ({ state }) => ({ text: escapeHtml(state), state }) },
    { name: 'folder', kind: 'text', group: '', wide: true, cell: ({ variant }) => ({ text: escapeHtml(variant) }) },
  ];
}

/** The objective's difference to the leader, with its standard error over the same examples. */
function toLeader(rows: readonly ReportRow[]): Column {
  const format = scoreFormat(rows.flatMap(({ toLeader }) => toLeader?.difference ?? []));
  return {
    name: 'to the leader',
    kind: 'number',
    group: 'scores',
    wide: true,
    cell({ toLeader }) {
      if (toLeader === undefined) return NOTHING;
      const { difference, error } = toLeader;
      const spread = error === undefined ? '' : ` ± ${formatNumber(error)}`;
      return { text: `${signed(format(difference))}${spread}`, value: difference };
    },
  };
}

const time: Column = {
  name: 'seconds',
  kind: 'number',
  group: '',
  wide: true,
  cell: ({ seconds }) => (seconds === undefined ? NOTHING : { text: seconds.toFixed(1), value: seconds }),
};

/** A row of headings above columns that belong together. */
function groups(columns: readonly Column[]): string {
  const runs: { group: string; count: number; wide: boolean }[] = [];
  for (const { group, wide } of columns) {
    const last = runs.at(-1);
    if (last?.group === group && last.wide === wide) last.count += 1;
    else runs.push({ group, count: 1, wide });
  }
  return runs
    .map(({ group, count, wide }) => {
      const span = `${wide ? ' class="wide"' : ''} colspan="${count}"`;
      return group === '' ? `<td${span}></td>` : `<th scope="colgroup"${span}>${group}</th>`;
    })
    .join('');
}

function classes(kind: string, wide: boolean, state?: string): string {
  return [kind, wide ? 'wide' : '', state ?? ''].filter(Boolean).join(' ');
}
