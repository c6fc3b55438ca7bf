import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { swizzle } from '../support/command.ts';
import { cannotMount } from '../support/mount.ts';
import { slowMerge } from '../support/slow-merge.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

// a disk of 24 MiB for an output of 16: first too full, then filled up by someone else during the run, then with room
const STORY = `
mount -t tmpfs -o size=24m tmpfs "$DISK" || exit 90
head -c 12582912 /dev/zero > "$DISK/filler"
$MERGE; echo "full before: $?"
ls -A "$DISK"
rm "$DISK/filler"
$MERGE & run=$!
until [ "$(cat "$DISK"/.out.swizzle-partial-*/journal 2>/dev/null | wc -l)" -gt 9 ]; do sleep 0.01; done
cat /dev/zero > "$DISK/filler" 2>/dev/null
wait $run; echo "filled during the run: $?"
rm "$DISK/filler"
$MERGE --resume; echo "resumed: $?"
ls -A "$DISK"
cmp "$DISK/out/model.safetensors" "$WHOLE/model.safetensors" && echo same
`;

testUnless(cannotMount())('a disk that is full before the run, and one that is filled during it', async (t) => {
  const folder = await temporaryFolder(t);
  const [disk, whole] = [join(folder, 'disk'), join(folder, 'whole')];
  await mkdir(disk);
  const args = await slowMerge(folder, join(disk, 'out'));
  t.is((await swizzle(args.map((arg) => (arg === join(disk, 'out') ? whole : arg)))).code, 0);
  const merge = [process.execPath, `${process.cwd()}/dist/cli/bin.cjs`, ...args].join(' ');
  const env = { ...process.env, DISK: disk, WHOLE: whole, MERGE: merge, STORY };
  const { stdout, stderr, status } = spawnSync('sh', ['-c', 'unshare -m sh -c "$STORY"'], { env, encoding: 'utf8' });
  t.is(status, 0, stderr);
  t.deepEqual(stdout.trim().split('\n'), [
    'full before: 1',
    'filler',
    'filled during the run: 1',
    'resumed: 0',
    'out',
    'same',
  ]);
  t.regex(stderr, /out: needs \d+ bytes, only \d+ are free on that disk/);
  t.regex(stderr, /the disk is full; the output takes \d+ bytes in all, \d+ are free/);
  t.regex(stderr, /going on with/);
});
