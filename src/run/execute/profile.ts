import type { ChunkReport } from '../../plan/chunks/chunk.ts';

/** One chunk's way through a run. Times are milliseconds of performance.now(). */
export interface ChunkEvent {
  readonly device: string;
  /** Number of the lane among the device's, from 0. */
  readonly lane: number;
  readonly queuedAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly report: ChunkReport;
  /** Bytes of tensor data. */
  readonly read: number;
  readonly written: number;
}

/** Where the time of a run went: busy time summed over the lanes, and that as a share of lanes × wall. */
export interface ProfileRow {
  readonly part: 'read' | 'compute' | 'write' | 'wait for lane' | 'lane overhead' | 'lane idle';
  readonly ms: number;
  readonly share: number;
}

/**
 * Sums up a run. "wait for lane" is time that chunks stood in the queue, beside the lanes' own time; "lane overhead" is
 * time in a lane that is neither reading, computing nor writing (messages, mapping); "lane idle" is lanes without a chunk.
 */
export function profileRows(events: readonly ChunkEvent[]): ProfileRow[] {
  if (events.length === 0) return [];
  const sum = (value: (event: ChunkEvent) => number): number =>
    events.reduce((total, event) => total + value(event), 0);
  const begin = Math.min(...events.map(({ startedAt }) => startedAt));
  const wall = Math.max(...events.map(({ endedAt }) => endedAt)) - begin;
  const lanes = new Set(events.map(({ device, lane }) => `${device} ${lane}`)).size;
  const busy = sum(({ startedAt, endedAt }) => endedAt - startedAt);
  const [read, compute, write] = [
    sum(({ report }) => report.readMs),
    sum(({ report }) => report.computeMs),
    sum(({ report }) => report.writeMs),
  ];
  const row = (part: ProfileRow['part'], ms: number): ProfileRow => ({ part, ms, share: ms / (lanes * wall) });
  return [
    row('read', read),
    row('compute', compute),
    row('write', write),
    row('lane overhead', busy - read - compute - write),
    row('lane idle', lanes * wall - busy),
    row(
      'wait for lane',
      sum(({ queuedAt, startedAt }) => startedAt - queuedAt),
    ),
  ];
}

/**
 * A run in the Trace Event Format, as chrome://tracing and Perfetto load it. A lane that works through a chunk in
 * blocks reports sums, so that within a chunk the order of reading, computing and writing is shown, not their interleaving.
 */
export function chromeTrace(events: readonly ChunkEvent[]): string {
  const devices = [...new Set(events.map(({ device }) => device))];
  const begin = Math.min(...events.map(({ queuedAt }) => queuedAt));
  const traceEvents: object[] = devices.map((name, pid) => ({ ph: 'M', name: 'process_name', pid, args: { name } }));
  for (const [index, event] of events.entries()) {
    const { device, lane, startedAt, endedAt, report, queuedAt, read, written } = event;
    const where = { ph: 'X', pid: devices.indexOf(device), tid: lane };
    const resident = report.wasResident === true;
    const args = { read, written, resident, queuedMs: startedAt - queuedAt };
    traceEvents.push({
      ...where,
      name: `chunk ${index}`,
      ts: (startedAt - begin) * 1000,
      dur: (endedAt - startedAt) * 1000,
      args,
    });
    let at = startedAt;
    for (const [name, ms] of [
      ['read', report.readMs],
      ['compute', report.computeMs],
      ['write', report.writeMs],
    ] as const) {
      traceEvents.push({ ...where, name, ts: (at - begin) * 1000, dur: ms * 1000 });
      at += ms;
    }
  }
  return `${JSON.stringify({ traceEvents, displayTimeUnit: 'ms' })}\n`;
}
