import { parentPort } from 'node:worker_threads';
import { toErrorData } from '../../devices/thread/error-data.ts';
import { ForwardKernels } from './kernels.ts';
import type { ForwardReply, ForwardRequest, ForwardSetup } from './protocol.ts';
import { runPhases } from './run-phases.ts';
import { aloneTeam, joinTeam } from './team.ts';

// The entry of a thread: a setup for each memory, and one reply a request.
let answer = (_request: ForwardRequest): ForwardReply => {
  return { error: toErrorData(new Error('a request came before the setup')) };
};

function setUp({ module, memory, control, scratch, windows, threads, own }: ForwardSetup): void {
  const team = joinTeam(memory.buffer, control, threads, own);
  const kernels = new ForwardKernels(module, memory, scratch, windows, own);
  answer = ({ phases, alone }) => {
    try {
      runPhases(phases, kernels, alone ? aloneTeam() : team, alone ? 1 : threads);
      return { done: true };
    } catch (error) {
      team.fail();
      return { error: toErrorData(error) };
    }
  };
}

parentPort?.on('message', (message: ForwardSetup | ForwardRequest) => {
  if ('module' in message) setUp(message);
  else reply(message);
});

function reply(request: ForwardRequest): void {
  parentPort?.postMessage(answer(request));
}
