import { messageOf } from '../../errors.ts';
import type { CommandScore } from '../file/spec.ts';
import { type ProgramEnd, runProgram, scoresInLastLine } from './run-program.ts';
import { ScoreFailure, type Scored, type ScoreRequest, type SingleScorer } from './scorer.ts';

/** Characters of a failed program's output that are recorded. */
const RECORDED = 4000;

/** Scores with a program: "{model}" in its arguments becomes the variant's folder, "{variant}" its name. */
export function commandScorer(spec: CommandScore): SingleScorer {
  return {
    kind: 'single',
    needsFolder: spec.command.some((argument) => argument.includes('{model}')),
    concurrency: spec.concurrency,
    async score(request): Promise<Scored> {
      const command = fillIn(spec.command, request);
      for (let attempts = 1; ; attempts++) {
        const end = await runProgram(command, spec.timeout * 1000, request.signal);
        const problem = problemOf(end, command[0] ?? '', spec.timeout);
        if (problem === undefined) {
          try {
            return { scores: scoresInLastLine(end.stdout), attempts };
          } catch (error) {
            if (attempts > spec.retries) throw failure(messageOf(error), end, attempts);
          }
        } else if (attempts > spec.retries) throw failure(problem, end, attempts);
      }
    },
  };
}

function fillIn(command: readonly string[], { folder, variant }: ScoreRequest): string[] {
  return command.map((argument) =>
    argument.replaceAll('{model}', () => folder ?? '').replaceAll('{variant}', () => variant.name),
  );
}

function problemOf(end: ProgramEnd, program: string, seconds: number): string | undefined {
  if (end.startError !== undefined) return `${program} cannot be started: ${end.startError}`;
  if (end.timedOut) return `${program} ran longer than ${seconds} s and was ended`;
  if (end.killedBy !== undefined) return `${program} was ended by ${end.killedBy}`;
  return end.code === 0 ? undefined : `${program} ended with code ${end.code}, expected 0`;
}

function failure(message: string, { output }: ProgramEnd, attempts: number): ScoreFailure {
  return new ScoreFailure(message, output.slice(-RECORDED), attempts);
}
