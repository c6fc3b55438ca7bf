import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Checksummer, MOST_PIECE_BYTES } from '../../src/devices/checksum.ts';
import { changedInput } from '../../src/run/journal/fingerprint.ts';
import { FinishedRanges, intactRecords } from '../../src/run/journal/finished.ts';
import { Journal, readJournal } from '../../src/run/journal/journal.ts';
import { formatLine, type JournalHead, type JournalRecord, parseJournal } from '../../src/run/journal/record.ts';
import { temporaryFolder } from '../support/temporary.ts';

const HEAD: JournalHead = {
  version: 1,
  plan: 'abc',
  inputs: [{ path: '/m/a.safetensors', size: 10, modified: 5.5, head: 'ff' }],
  workspaces: ['/w'],
};

function record(begin: number, bytes: number, sum = 'aa'): JournalRecord {
  const tensors = [{ tensor: 'w', output: 0, nan: 1, infinite: 2, overflow: 3 }];
  const ranges = [{ file: 0, begin, pieces: [[bytes, sum] as const] }];
  return { ranges, tensors, differing: ['ids'], read: 2 * bytes, written: bytes };
}

test('a journal reads back as it was written, records that came at the same time too', async (t) => {
  const folder = await temporaryFolder(t);
  const records = Array.from({ length: 50 }, (_, i) => record(i * 8, 8));
  {
    await using journal = await Journal.begin(folder, HEAD, records.slice(0, 2));
    for (const one of records.slice(2)) journal.add(one);
    t.is(journal.records, 50);
  }
  t.deepEqual(await readJournal(folder), { head: HEAD, records, damaged: 0 });
  t.is(await readJournal(join(folder, 'nowhere')), undefined);
});

test('no line with a changed character is believed', (t) => {
  const [head, line] = [formatLine(HEAD), formatLine(record(0, 8))];
  for (let at = 0; at < line.length - 1; at++) {
    const changed = `${line.slice(0, at)}${line[at] === '0' ? '1' : '0'}${line.slice(at + 1)}`;
    t.deepEqual(parseJournal(head + changed), { head: HEAD, records: [], damaged: 1 }, `character ${at}`);
  }
  for (let at = 0; at < head.length - 1; at++) {
    const changed = `${head.slice(0, at)}${head[at] === '0' ? '1' : '0'}${head.slice(at + 1)}`;
    t.is(parseJournal(changed + line).head, undefined, `character ${at}`);
  }
});

test('a journal that is cut off anywhere keeps its whole lines', (t) => {
  const lines = [formatLine(HEAD), formatLine(record(0, 8)), formatLine(record(8, 8))];
  const text = lines.join('');
  const ends = [lines[0]?.length ?? 0, (lines[0]?.length ?? 0) + (lines[1]?.length ?? 0), text.length];
  for (let at = 0; at <= text.length; at++) {
    const { head, records } = parseJournal(text.slice(0, at));
    // the line break itself says nothing
    const whole = ends.filter((end) => at >= end - 1).length;
    t.is(head === undefined ? 0 : 1 + records.length, whole, `${at} characters`);
  }
});

test('what is finished covers a chunk when all its bytes are there', (t) => {
  const finished = new FinishedRanges([record(16, 16), record(0, 16), record(64, 32)]);
  const covers = (begin: number, elements: number): boolean =>
    finished.covers({ outputs: [{ file: 0, begin, dtype: 'BF16', weights: [] }], elements });
  t.true(covers(0, 16), 'over the seam of two records');
  t.true(covers(8, 4));
  t.true(covers(64, 16));
  t.false(covers(16, 9), 'one element beyond');
  t.false(covers(60, 4), 'one that begins before');
  t.false(covers(200, 1));
  t.false(finished.covers({ outputs: [], elements: 4 }), 'what writes nothing is never finished');
  const other = [{ file: 1, begin: 0, dtype: 'BF16', weights: [] }] as const;
  t.false(finished.covers({ outputs: other, elements: 1 }), 'another file');
});

test('bytes that are not what was summed are done again: changed, cut off, gone, too long', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'model.safetensors');
  const data = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7) % 251));
  await writeFile(path, data);
  const summer = await Checksummer.open();
  const of = (begin: number, end: number): JournalRecord => {
    const [[bytes, sum] = [0, '']] = summer.piecesOf(data.subarray(begin, end));
    return record(begin, bytes, sum);
  };
  const records = [of(0, 1000), of(1000, 2000), of(2000, 3000)];
  t.deepEqual(await intactRecords(records, [path]), records);
  data[1500] = (data[1500] ?? 0) ^ 1;
  await writeFile(path, data);
  t.deepEqual(await intactRecords(records, [path]), [records[0], records[2]]);
  await writeFile(path, data.subarray(0, 2999));
  t.deepEqual(await intactRecords(records, [path]), [records[0]]);
  t.deepEqual(await intactRecords(records, [join(folder, 'gone')]), []);
  t.deepEqual(await intactRecords([record(0, MOST_PIECE_BYTES + 1)], [path]), []);
  t.deepEqual(await intactRecords([{ ...record(0, 8), ranges: [] }], [path]), []);
});

test('one exchanged word, or two in each other’s places, change a checksum', async (t) => {
  const summer = await Checksummer.open();
  const sum = (bytes: Uint8Array): string => summer.piecesOf(bytes)[0]?.[1] ?? '';
  for (const length of [1, 63, 64, 65, 4096, 5000]) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 31 + 7) & 255);
    const seen = new Set([sum(data)]);
    for (let at = 0; at < length; at += Math.max(1, length >> 5)) {
      const changed = data.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      seen.add(sum(changed));
    }
    t.is(seen.size, 1 + Math.ceil(length / Math.max(1, length >> 5)), `${length} bytes`);
    const turned = data.slice().reverse();
    if (length > 1) t.not(sum(turned), sum(data));
  }
});

test('inputs that are not what they were are named', (t) => {
  const [one] = HEAD.inputs;
  if (one === undefined) return t.fail();
  t.is(changedInput([one], [one]), undefined);
  t.regex(changedInput([one], [{ ...one, size: 11 }]) ?? '', /a\.safetensors: had 10 bytes then, has 11 now/);
  t.regex(changedInput([one], [{ ...one, modified: 6 }]) ?? '', /was written to since/);
  t.regex(changedInput([one], [{ ...one, head: 'fe' }]) ?? '', /was written to since/);
  t.regex(changedInput([one], [{ ...one, path: '/m/b' }]) ?? '', /\/m\/b: is a new input/);
  t.is(changedInput([one, { ...one, path: '/m/b' }], [one]), 'there were other inputs');
});
