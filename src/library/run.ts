import type { Progress } from '../commands/merge.ts';

/** Something that runs: await it for its result, or iterate over its progress first; or do both. */
export interface Run<T> extends Promise<T>, AsyncIterable<Progress> {}

type OnProgress = (progress: Progress) => void;

/**
 * Starts `work` and gives its progress to everyone who iterates. An iterator that is slow sees the latest progress only; when the work
 * fails, iterating throws what awaiting throws.
 * @param work takes a function that makes of the caller's own listener the one to be told
 */
export function startRun<T>(work: (follow: (listener?: OnProgress) => OnProgress) => Promise<T>): Run<T> {
  let latest: Progress | undefined;
  let wake: () => void = () => undefined;
  let changed = new Promise<void>((resolve) => (wake = resolve));
  const announce = (): void => {
    wake();
    changed = new Promise<void>((resolve) => (wake = resolve));
  };
  const result = work((listener) => (progress) => {
    latest = progress;
    listener?.(progress);
    announce();
  });
  let ended = false;
  const end = (): void => {
    ended = true;
    announce();
  };
  result.then(end, end);
  async function* progress(): AsyncGenerator<Progress> {
    let seen: Progress | undefined;
    for (;;) {
      const next = changed;
      if (latest !== undefined && latest !== seen) {
        seen = latest;
        yield latest;
      } else if (ended) {
        await result;
        return;
      } else await next;
    }
  }
  return Object.assign(result, { [Symbol.asyncIterator]: progress });
}
