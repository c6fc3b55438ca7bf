import type { SweepEvent } from './events.ts';
import type { SweepState } from './state.ts';

/** Whether an event tells something that is not known yet: reports may come twice. */
export function isNews(state: SweepState, event: Exclude<SweepEvent, { event: 'sweep' }>): boolean {
  const known = state.get(event.variant);
  if (event.event === 'variant') return known === undefined;
  if (known === undefined) return false;
  switch (event.event) {
    case 'made':
      return !known.folder && known.state === 'waiting';
    case 'scored':
      return known.state !== 'scored';
    case 'failed':
      return known.state !== 'failed' && known.state !== 'scored';
    case 'deleted':
      return known.folder;
    case 'asked':
      return !known.asked;
    case 'retried':
      return known.state === 'failed';
  }
}
