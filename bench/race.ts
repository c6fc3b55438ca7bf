import { rmSync } from 'node:fs';
import { measure, type Command, type Sample } from './measure.ts';

/** One row of a table. */
export interface Contender {
  readonly name: string;
  readonly command: Command;
}

/** Contenders that do the same job. */
export interface Race {
  readonly title: string;
  /** What ratios are taken against; runs with the others. */
  readonly floor: Contender;
  readonly contenders: readonly Contender[];
  /** Bytes of tensor data that one run writes. */
  readonly outputBytes: number;
  /** Removed before each run, outside the measured time. */
  readonly output: string;
}

export interface Row {
  readonly name: string;
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Median of this over median of the floor. */
  readonly ratio: number;
  readonly outputGBps: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
}

export interface RaceResult {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Runs all contenders `runs` times, alternating, after one run each that is not counted. */
export async function runRace(race: Race, runs: number, progress: (text: string) => void): Promise<RaceResult> {
  const entries = [race.floor, ...race.contenders].map((contender) => ({ contender, samples: [] as Sample[] }));
  for (let round = 0; round <= runs; round++) {
    for (const { contender, samples } of entries) {
      progress(`${race.title}: round ${round} of ${runs}, ${contender.name}`);
      rmSync(race.output, { recursive: true, force: true });
      const sample = await measure(contender.command);
      if (round > 0) samples.push(sample);
    }
  }
  rmSync(race.output, { recursive: true, force: true });
  const floor = median((entries[0]?.samples ?? []).map(({ seconds }) => seconds));
  return {
    title: race.title,
    rows: entries.map(({ contender, samples }) => summarize(contender.name, samples, floor, race.outputBytes)),
  };
}

function summarize(name: string, samples: readonly Sample[], floor: number, outputBytes: number): Row {
  const seconds = samples.map((sample) => sample.seconds);
  const middle = median(seconds);
  return {
    name,
    runs: samples.length,
    median: middle,
    min: Math.min(...seconds),
    max: Math.max(...seconds),
    ratio: middle / floor,
    outputGBps: outputBytes / 1e9 / middle,
    peakBytes: Math.max(...samples.map(({ peakBytes }) => peakBytes)),
    cpuSeconds: median(samples.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/** The middle value; the mean of the two middle ones when there are two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
