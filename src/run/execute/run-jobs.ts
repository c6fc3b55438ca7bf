import PQueue from 'p-queue';
import type { LaneShape } from '../../devices/device.ts';
import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import { cutChunks, cutEvery } from '../../plan/chunks/cut.ts';
import { heldParts } from '../../plan/derived-operand.ts';
import { operandBytes } from '../../plan/operand.ts';
import { inTurn } from '../../plan/chunks/shard-turns.ts';
import { type Job, jobStep, OpenJob } from '../../plan/passes/job.ts';
import { settleThresholds } from '../../plan/passes/settle-thresholds.ts';
import type { PassAnswer } from '../../plan/passes/statistic-run.ts';
import type { ChunkQueue } from './chunk-queue.ts';
import { type Hold, Residents } from './residents.ts';
import type { LaneSettings } from './run-chunks.ts';

/** Jobs that go through their passes together, and chunks that a lane is given at once: bytes of input. */
const GROUP_BYTES = 8 * 2 ** 20;
const BATCH_BYTES = 4 * 2 ** 20;
/** The same in jobs and chunks: of tiny tensors, what describes them takes more memory than their bytes. */
const MOST_IN_GROUP = 2048;
const MOST_IN_BATCH = 512;

/**
 * Runs jobs in file order, each pass by pass. A few are open at once, so that lanes have work while one waits for its
 * numbers; earlier jobs go first, so that a later pass finds its bytes still in the page cache.
 */
export async function runJobs(
  given: readonly Job[],
  queue: ChunkQueue,
  { lanes, chunkBytes, limits, residentBytes = 0 }: LaneSettings & { readonly limits: LaneShape },
): Promise<void> {
  const residents = new Residents(residentBytes);
  const jobs = await settleThresholds(given, async (chunks) => {
    const cut = chunks.flatMap((chunk) => [...cutChunks([chunk], chunkBytes, limits)]);
    const pass: CutPass = { chunks: cut, answers: [] };
    const queued = cut.map((chunk) => ({ pass, chunk }));
    const reports = await Promise.all(batches(queued, queue).map((batch) => runBatch(batch, queue, 0)));
    return reports.flat().map(({ chunk, report }): PassAnswer => {
      return { first: 0, elements: chunk.elements, numbers: report.numbers ?? new Float64Array(0) };
    });
  });
  const open = new PQueue({ concurrency: lanes + 1 });
  let group = 0;
  for (const own of groups(inTurn(jobs, ({ places }) => places[0]?.shard ?? 0, lanes))) {
    await open.onSizeLessThan(1);
    if (queue.signal.aborted) break;
    const priority = -group++;
    const bytes = own.reduce((sum, job) => sum + heldBytes(job), 0);
    const hold = await residents.hold(bytes);
    const steps = own.map((job) => hold && jobStep(job, chunkBytes, limits));
    const cut = (chunk: Chunk, job: number): Iterable<Chunk> => {
      const step = steps[job];
      return hold === undefined || step === undefined
        ? cutChunks([chunk], chunkBytes, limits)
        : cutToStay(chunk, step, job, hold);
    };
    void open
      .add(() => runGroup(own, queue, cut, priority))
      .catch((error: unknown) => queue.fail(error))
      .finally(() => {
        if (hold === undefined) return;
        queue.forget(hold.numbers);
        residents.release(bytes);
      });
  }
  await open.onIdle();
}

/** Device memory that a job's inputs take. */
function heldBytes({ task: { inputs, elements } }: Job): number {
  return inputs.reduce((sum, input) => sum + heldParts(input, elements).reduce((all, one) => all + one, 0), 0);
}

/** A chunk cut where every pass of its job is cut, so that lanes find the inputs again. */
function* cutToStay(chunk: Chunk, step: number, job: number, hold: Hold): Generator<Chunk> {
  let first = chunk.part?.first ?? 0;
  for (const one of cutEvery(chunk, step)) {
    yield { ...one, resident: hold.number(job, first) };
    first += one.elements;
  }
}

/** A pass of one job, cut, and what its chunks have found. */
interface CutPass {
  readonly chunks: readonly Chunk[];
  readonly answers: PassAnswer[];
}

async function runGroup(
  jobs: readonly Job[],
  queue: ChunkQueue,
  cut: (chunk: Chunk, job: number) => Iterable<Chunk>,
  priority: number,
): Promise<void> {
  let open = jobs.map((job, number) => ({ job: new OpenJob(job), number }));
  while (open.length > 0) {
    const rounds = open.map(({ job, number }) => {
      return {
        job,
        number,
        passes: job.next().map((chunk): CutPass => {
          return { chunks: [...cut(chunk, number)].filter((one) => !queue.isFinished(one)), answers: [] };
        }),
      };
    });
    open = rounds.filter(({ passes }) => passes.length > 0);
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
    if (bytes < GROUP_BYTES && group.length < MOST_IN_GROUP) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

/** Chunks of one place each. */
function batches(chunks: readonly QueuedChunk[], queue: ChunkQueue): QueuedChunk[][] {
  const all: QueuedChunk[][] = [];
  let bytes = BATCH_BYTES;
  let place: string | undefined;
  for (const one of chunks) {
    const own = queue.placeOf(one.chunk);
    if (bytes >= BATCH_BYTES || own !== place || (all.at(-1)?.length ?? 0) >= MOST_IN_BATCH) {
      all.push([]);
      bytes = 0;
      place = own;
    }
    all.at(-1)?.push(one);
    bytes += operandBytes(one.chunk.inputs);
  }
  return all;
}
