import { rename, rm } from 'node:fs/promises';
import PQueue from 'p-queue';
import { messageOf, SwizzleError } from '../../errors.ts';
import { isThere, type VariantMaker } from './variant-maker.ts';
import { deleteSurplus } from './keep.ts';
import { scoreGroups } from './score-groups.ts';
import { ScoreFailure, type Scorer, type SingleScorer } from '../score/scorer.ts';
import type { SweepSession } from '../log/session.ts';
import type { Objective } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { counted } from '../../counted.ts';
import { introducedWarning } from '../../run/execute/introduced.ts';

/** What running a wave needs. */
export interface WaveTools {
  readonly session: SweepSession;
  readonly maker: VariantMaker;
  readonly scorer: Scorer | undefined;
  readonly objective: Objective | undefined;
  /** Whether folders are made even where the scorer needs none. */
  readonly write: boolean;
  readonly keep: number;
  /** Variants a pass. */
  readonly passSize: number;
  readonly onWarning: ((text: string) => void) | undefined;
  /** Called while variants are scored in one go: which, and how much of that work is done, from 0 to 1. */
  readonly onShare?: ((variants: readonly string[], share: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Makes and scores the variants of a wave that are not done yet. One pass over the inputs makes several; the next pass
 * begins when scorers are about to run out of work.
 * @throws what stops a whole sweep: disk, device, interruption. A variant that fails is recorded, and the wave goes on.
 */
export async function runWave(variants: readonly Variant[], tools: WaveTools): Promise<void> {
  const { session, scorer, signal } = tools;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const queue = new PQueue({ concurrency: scorer?.concurrency ?? 1 });
  let failure: { error: unknown } | undefined;
  const enqueue = (variant: Variant): void => {
    if (scorer?.kind !== 'single' || session.state.get(variant.name)?.state === 'scored') return;
    void queue
      .add(() => scoreOne(variant, scorer, { ...tools, signal: both }))
      .catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
      });
  };
  const ready: Variant[] = [];
  const isDone = ({ name }: Variant): boolean => {
    const state = session.state.get(name)?.state;
    return state === 'failed' || (state === 'scored' && scorer !== undefined);
  };
  try {
    await session.name(variants);
    const toMake: Variant[] = [];
    for (const variant of variants) {
      if (isDone(variant)) continue;
      const known = session.state.get(variant.name);
      // a folder that other processes may remove is not scored
      const made = known?.folder === true && !isScoredInRoom(tools) && (await isThere(session.folderOf(variant.name)));
      if (!made && needsFolder(tools)) toMake.push(variant);
      else if (scorer?.kind === 'group') ready.push(variant);
      else enqueue(variant);
    }
    if (scorer?.kind === 'group') await scoreGroups(ready, scorer, { ...tools, signal: both });
    for (let begin = 0; begin < toMake.length && !both.aborted; begin += tools.passSize) {
      await queue.onSizeLessThan(1);
      for (const variant of await makePass(toMake.slice(begin, begin + tools.passSize), tools)) enqueue(variant);
    }
  } catch (error) {
    failure ??= { error };
    stop.abort(error);
  }
  await queue.onIdle();
  if (failure) throw failure.error;
  signal.throwIfAborted();
}

/** Whether variants are scored where they are made, and get their place afterwards. */
function isScoredInRoom({ session, scorer }: WaveTools): boolean {
  return session.isShared && scorer?.needsFolder === true;
}

function needsFolder({ scorer, write }: WaveTools): boolean {
  return write || scorer?.needsFolder === true;
}

/**
 * Makes variants in one pass. Where their recipes cannot be planned, those that cannot are recorded as failed.
 * @returns those that were made
 */
export async function makePass(variants: readonly Variant[], tools: WaveTools): Promise<Variant[]> {
  const { session, maker, signal } = tools;
  const good: Variant[] = [];
  for (const variant of variants) {
    try {
      maker.plan([variant]);
      good.push(variant);
    } catch (error) {
      if (!(error instanceof SwizzleError) || error.code !== 'recipe') throw error;
      const message = messageOf(error);
      await session.record({
        event: 'failed',
        variant: variant.name,
        stage: 'merge',
        message,
        output: '',
        attempts: 1,
      });
    }
  }
  signal.throwIfAborted();
  const { bytes, seconds, overflowed, introduced } = await maker.make(good, session.workshop, session.folderOf('.'));
  if (session.isShared && !isScoredInRoom(tools)) await putInPlace(good, session);
  if (overflowed.length > 0) {
    const names = `${overflowed.slice(0, 3).join(', ')}${overflowed.length > 3 ? ', …' : ''}`;
    const where = `${counted(overflowed.length, 'tensor')} of ${good.map(({ name }) => name).join(', ')}`;
    tools.onWarning?.(`values overflowed the output dtype in ${where}: ${names}`);
  }
  const warning = introducedWarning(introduced);
  if (warning !== undefined) tools.onWarning?.(`${good.map(({ name }) => name).join(', ')}: ${warning}`);
  for (const { name } of good) {
    await session.record({
      event: 'made',
      variant: name,
      bytes: bytes / good.length,
      seconds: seconds / good.length,
    });
  }
  return good;
}

/** Moves what was made to where the sweep's variants are. One that is there already was made twice, and is the same. */
async function putInPlace(variants: readonly Pick<Variant, 'name'>[], session: SweepSession): Promise<void> {
  for (const { name } of variants) {
    const [from, to] = [session.roomOf(name), session.folderOf(name)];
    await rename(from, to).catch(async (cause: unknown) => {
      // scored at the same time as others that are better, it was deleted
      if (session.state.get(name)?.folder === false) return;
      if (!(await isThere(to)))
        throw new SwizzleError('io', `${to}: ${messageOf(cause)}`, { cause, details: { path: to } });
      await rm(from, { recursive: true, force: true });
    });
  }
}

async function scoreOne(variant: Variant, scorer: SingleScorer, tools: WaveTools): Promise<void> {
  const { session, signal, objective, keep } = tools;
  if (signal.aborted) return;
  const { name } = variant;
  const started = performance.now();
  const inRoom = isScoredInRoom(tools);
  const place = inRoom ? session.roomOf(name) : session.folderOf(name);
  const folder = session.state.get(name)?.folder === true ? place : undefined;
  try {
    const scored = await scorer.score({ variant, folder, signal });
    if (scored === undefined) return;
    const { scores, attempts } = scored;
    if (objective && scores[objective.metric] === undefined) {
      const found = Object.keys(scores).join(', ');
      throw new ScoreFailure(`no metric ${JSON.stringify(objective.metric)} among ${found}`, '', attempts);
    }
    const seconds = (performance.now() - started) / 1000;
    const time = new Date().toISOString();
    await session.record({ event: 'scored', variant: name, scores, seconds, attempts, time });
  } catch (error) {
    if (!(error instanceof ScoreFailure)) throw error;
    const { message, output, attempts } = error;
    await session.record({ event: 'failed', variant: name, stage: 'score', message, output, attempts });
  }
  if (objective) await deleteSurplus(session, objective, keep);
  if (inRoom && session.state.get(name)?.folder === true) await putInPlace([{ name }], session);
}
