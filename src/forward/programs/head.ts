import type { Slot, Stage, Weight } from '../program.ts';

/** Bytes of the head's weights that a stage takes, at two bytes an element; logits of a batch are as wide. */
const HEAD_BYTES = 32 * 2 ** 20;
const LEAST_COLUMNS = 1024;
const MOST_COLUMNS = 4096;

/** The slots that `headStages` uses. */
export function headSlots(hidden: number, vocabulary: number): Record<string, Slot> {
  return {
    final: { width: hidden, rows: 'picked', kept: true },
    logits: { width: columnsAtOnce(hidden, vocabulary), rows: 'picked', kept: false },
    loss: { width: 3, rows: 'picked', kept: true },
  };
}

/** Rows of `final` times the vocabulary, some columns at a time: neither the head nor the logits are ever there whole. */
export function headStages(head: Weight, softCap: number | undefined): Stage[] {
  const [vocabulary = 0, hidden = 0] = head.shape;
  const step = columnsAtOnce(hidden, vocabulary);
  return Array.from({ length: Math.ceil(vocabulary / step) }, (_, index): Stage => {
    const first = index * step;
    const end = Math.min(vocabulary, first + step);
    return {
      name: `head ${first} to ${end}`,
      steps: [
        {
          do: 'linear',
          in: 'final',
          out: 'logits',
          weight: { ...head, rows: [first, end] },
          bias: undefined,
          add: false,
        },
        { do: 'loss', logits: 'logits', state: 'loss', first, columns: end - first, softCap },
      ],
    };
  });
}

function columnsAtOnce(hidden: number, vocabulary: number): number {
  const fitting = Math.floor(HEAD_BYTES / (2 * hidden) / 64) * 64;
  return Math.min(vocabulary, Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, fitting)));
}
