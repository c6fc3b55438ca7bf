import PQueue from 'p-queue';
import type { Device, LaneShape } from '../../devices/device.ts';
import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import { cutChunks } from '../../plan/chunks/cut.ts';
import { operandBytes } from '../../plan/operand.ts';
import { inTurn } from '../../plan/chunks/shard-turns.ts';
import { type Job, OpenJob } from '../../plan/passes/job.ts';
import type { PassAnswer } from '../../plan/passes/statistic-run.ts';
import type { ChunkQueue } from './chunk-queue.ts';
import type { LaneSettings } from './run-chunks.ts';

/** Jobs that go through their passes together, and chunks that a lane is given at once: bytes of input. */
const GROUP_BYTES = 8 * 2 ** 20;
const BATCH_BYTES = 4 * 2 ** 20;

/**
 * Runs jobs in file order, each pass by pass. A few are open at once, so that lanes have work while one waits for its
 * numbers; earlier jobs go first, so that a later pass finds its bytes still in the page cache.
 */
export async function runJobs(
  jobs: readonly Job[],
  queue: ChunkQueue,
  { lanes, chunkBytes, limits }: LaneSettings & { readonly limits: LaneShape },
): Promise<void> {
  const open = new PQueue({ concurrency: lanes + 1 });
  let group = 0;
  for (const own of groups(inTurn(jobs, ({ places }) => places[0]?.shard ?? 0, lanes))) {
    await open.onSizeLessThan(1);
    if (queue.signal.aborted) break;
    const priority = -group++;
    void open
      .add(() => runGroup(own, queue, (chunk) => cutChunks([chunk], chunkBytes, limits), priority))
      .catch((error: unknown) => queue.fail(error));
  }
  await open.onIdle();
}

/** A pass of one job, cut, and what its chunks have found. */
interface CutPass {
  readonly chunks: readonly Chunk[];
  readonly answers: PassAnswer[];
}

async function runGroup(
  jobs: readonly Job[],
  queue: ChunkQueue,
  cut: (chunk: Chunk) => Iterable<Chunk>,
  priority: number,
): Promise<void> {
  let open = jobs.map((job) => new OpenJob(job));
  while (open.length > 0) {
    const rounds = open.map((job) => {
      return {
        job,
        passes: job.next().map((chunk): CutPass => {
          return { chunks: [...cut(chunk)].filter((one) => !queue.isFinished(one)), answers: [] };
        }),
      };
    });
    open = rounds.filter(({ passes }) => passes.length > 0).map(({ job }) => job);
    const all = rounds.flatMap(({ passes }) => passes.flatMap((pass) => pass.chunks.map((chunk) => ({ pass, chunk }))));
    const reports = await Promise.all(batches(all, queue).map((batch) => runBatch(batch, queue, priority)));
    for (const { pass, chunk, report } of reports.flat()) {
      if (report.numbers === undefined) continue;
      pass.answers.push({ first: chunk.part?.first ?? 0, elements: chunk.elements, numbers: report.numbers });
    }
    for (const { job, passes } of rounds) if (passes.length > 0) job.take(passes.map(({ answers }) => answers));
  }
}

interface QueuedChunk {
  readonly pass: CutPass;
  readonly chunk: Chunk;
}

async function runBatch(
  batch: readonly QueuedChunk[],
  queue: ChunkQueue,
  priority: number,
): Promise<(QueuedChunk & { readonly report: ChunkReport })[]> {
  const reports = await queue.run(
    batch.map(({ chunk }) => chunk),
    priority,
  );
  return batch.flatMap((one, at) => {
    const report = reports[at];
    return report ? [{ ...one, report }] : [];
  });
}

function* groups(jobs: Iterable<Job>): Generator<Job[]> {
  let group: Job[] = [];
  let bytes = 0;
  for (const job of jobs) {
    group.push(job);
    bytes += operandBytes(job.task.inputs);
    if (bytes < GROUP_BYTES) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

/** Chunks of one device each. */
function batches(chunks: readonly QueuedChunk[], queue: ChunkQueue): QueuedChunk[][] {
  const all: QueuedChunk[][] = [];
  let bytes = BATCH_BYTES;
  let device: Device | undefined;
  for (const one of chunks) {
    const own = queue.deviceFor(one.chunk);
    if (bytes >= BATCH_BYTES || own !== device) {
      all.push([]);
      bytes = 0;
      device = own;
    }
    all.at(-1)?.push(one);
    bytes += operandBytes(one.chunk.inputs);
  }
  return all;
}
