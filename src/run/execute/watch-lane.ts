import type { Lane } from '../../devices/device.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { counted } from '../../counted.ts';

/** How long a chunk may take, in milliseconds: seconds are usual on slow disks, minutes are not. */
export interface Patience {
  /** Until it is told of. */
  readonly tellMs: number;
  /** Until the lane is given up, as if it were lost. */
  readonly giveUpMs: number;
}

const PATIENCE: Patience = { tellMs: 60_000, giveUpMs: 600_000 };

/** Watches a lane that runs a chunk: no hang without a word, and none for good where the lane can be given up. */
export function watchLane(
  lane: Lane,
  name: () => string,
  { kernel, tensors }: Chunk,
  onRemark: ((text: string) => void) | undefined,
  patience: Patience = PATIENCE,
): Disposable {
  const stuck = (ms: number): string => {
    const more = tensors.length > 1 ? ` and ${counted(tensors.length - 1, 'more tensor')}` : '';
    return `${name()} has been at ${kernel} of ${tensors[0]?.name ?? 'nothing'}${more} for ${Math.round(ms / 1000)} s`;
  };
  const tell = setTimeout(() => onRemark?.(`${stuck(patience.tellMs)}; waiting`), patience.tellMs).unref();
  const giveUp = setTimeout(() => {
    onRemark?.(`${stuck(patience.giveUpMs)}; it is given up`);
    lane.giveUp?.(stuck(patience.giveUpMs));
  }, patience.giveUpMs).unref();
  return {
    [Symbol.dispose](): void {
      clearTimeout(tell);
      clearTimeout(giveUp);
    },
  };
}
