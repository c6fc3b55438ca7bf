import test from 'ava';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { parse } from 'yaml';
import { SwizzleError } from '../../src/errors.ts';
import { parsePart, partFromEnvironment, partList } from '../../src/plan/part.ts';
import { mountedWords, parseMount } from '../../src/scale/parts/mounts.ts';
import { kubernetesManifest, type PartsJob, slurmScript } from '../../src/scale/parts/job-script.ts';
import { shareOfShards } from '../../src/plan/cut-plan.ts';

test('parts are counted from 1', (t) => {
  t.deepEqual(parsePart('1/1'), { index: 0, count: 1 });
  t.deepEqual(parsePart('16/16'), { index: 15, count: 16 });
  for (const text of ['0/4', '5/4', '3', '3/', 'a/b', '-1/4', '1/0', '1/1000000']) {
    const error = t.throws(() => parsePart(text), { instanceOf: SwizzleError });
    t.regex(error.message, /^--part: expected a part such as 3\/16, .*found /, text);
  }
});

test('Slurm and Kubernetes tell the part', (t) => {
  const slurm = {
    SLURM_ARRAY_TASK_ID: '9',
    SLURM_ARRAY_TASK_COUNT: '4',
    SLURM_ARRAY_TASK_MIN: '5',
    SLURM_ARRAY_TASK_STEP: '2',
  };
  t.deepEqual(partFromEnvironment(slurm), { index: 2, count: 4 });
  t.deepEqual(partFromEnvironment({ JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '3' }), { index: 0, count: 3 });
  const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{}, /Neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; write --part 3\/16/],
    [{ JOB_COMPLETION_INDEX: '1' }, /JOB_COMPLETIONS is not set/],
    [{ SLURM_ARRAY_TASK_ID: '1' }, /SLURM_ARRAY_TASK_COUNT is not set/],
    [{ SLURM_ARRAY_TASK_ID: 'x', SLURM_ARRAY_TASK_COUNT: '2' }, /SLURM_ARRAY_TASK_ID is x, expected a number/],
    [{ JOB_COMPLETION_INDEX: '3', JOB_COMPLETIONS: '3' }, /outside the 3 parts/],
    [{ ...slurm, SLURM_ARRAY_TASK_ID: '8' }, /outside the 4 parts/],
  ];
  for (const [environment, message] of wrong) {
    t.regex(t.throws(() => partFromEnvironment(environment), { instanceOf: SwizzleError }).message, message);
  }
});

test('lists of parts', (t) => {
  t.is(partList([1, 4, 5, 6, 8, 9], 16), '2, 5 to 7, 9, 10 of 16');
});

test('every file is in one part, whatever their sizes; parts are about as large as one another', (t) => {
  for (const sizes of [[5], [1, 1, 1, 1, 1, 1, 1], [100, 1, 1, 1, 100, 1], [0, 3, 0, 3]]) {
    for (let count = 1; count <= 9; count++) {
      const shares = Array.from({ length: count }, (_, index) => shareOfShards(sizes, index, count));
      t.is(shares[0]?.[0], 0);
      t.is(shares.at(-1)?.[1], sizes.length);
      for (let index = 1; index < count; index++) t.is(shares[index]?.[0], shares[index - 1]?.[1]);
    }
  }
  t.deepEqual(
    Array.from({ length: 4 }, (_, index) => shareOfShards([1, 1, 1, 1, 1, 1, 1, 1], index, 4)),
    [
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
    ],
  );
});

const JOB: PartsJob = {
  words: ['merge', "it's.yml", '-o', 'My Out'],
  out: 'My Out',
  program: ['node', '/opt/swizzle.cjs'],
  parts: 12,
  memory: 200 * 2 ** 20,
  seconds: 90_000,
  threads: 4,
  gpu: true,
  remarks: ['a remark'],
  version: '1.2.3',
};

test('a manifest that the published schema of Kubernetes takes', (t) => {
  for (const gpu of [false, true]) {
    const manifest: unknown = parse(kubernetesManifest({ ...JOB, gpu }));
    const job = new Job(manifest as ConstructorParameters<typeof Job>[0]);
    t.notThrows(() => job.validate());
    t.is(job.spec?.completions, 12);
    t.is(job.spec?.completionMode, 'Indexed');
    const container = job.spec?.template.spec?.containers[0];
    t.deepEqual(container?.command, [
      'npx',
      '--yes',
      'swizzle-merge@1.2.3',
      'merge',
      "it's.yml",
      '-o',
      'My Out',
      '--part',
    ]);
    t.deepEqual(container?.env, [{ name: 'JOB_COMPLETIONS', value: '12' }]);
    t.is(container?.resources?.limits?.['nvidia.com/gpu'], gpu ? '1' : undefined);
  }
  const broken = new Job({ spec: { template: {}, completions: 'many' } } as never);
  t.throws(() => broken.validate());
});

test('paths as containers see them; those outside are named', (t) => {
  const mount = parseMount('/home/me/work=/data/');
  t.deepEqual(mount, { local: '/home/me/work', container: '/data' });
  t.deepEqual(
    mountedWords(
      ['sweep', '/home/me/work/s.yml', '-o', 'out', '--points=/home/me/work/p.jsonl', '/home/me/workshop'],
      mount,
    ),
    ['sweep', '/data/s.yml', '-o', 'out', '--points=/data/p.jsonl', '/home/me/workshop'],
  );
  const manifest = kubernetesManifest({ ...JOB, mount, paths: ['/home/me/work/a', '/models/b'] });
  t.regex(manifest, /^# {3}\/data\/a \(here \/home\/me\/work\/a\)$/m);
  t.regex(
    manifest,
    /^# These paths are outside the mount and must exist in the container as they do here:\n# {3}\/models\/b$/m,
  );
  t.regex(manifest, /mountPath: \/data/);
  t.regex(
    kubernetesManifest({ ...JOB, paths: ['/models/b'] }),
    /--mount LOCAL=\/work writes them as they are there:\n# {3}\/models\/b$/m,
  );
  for (const text of ['/work', '=/work', 'a=work']) t.throws(() => parseMount(text), { message: /expected LOCAL=/ });
});

test('a batch script for Slurm', (t) => {
  const lines = slurmScript(JOB).split('\n');
  t.is(lines[0], '#!/bin/bash');
  const settings = lines.filter((line) => line.startsWith('#SBATCH'));
  t.deepEqual(settings, [
    '#SBATCH --job-name=swizzle-my-out',
    '#SBATCH --array=1-12',
    '#SBATCH --cpus-per-task=4',
    '#SBATCH --mem=640M',
    '#SBATCH --time=1-01:00:00',
    '#SBATCH --gpus-per-task=1',
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    '#SBATCH --output=%x-%A_%a.log',
  ]);
  t.is(lines.at(-2), String.raw`exec node /opt/swizzle.cjs merge 'it'\''s.yml' -o 'My Out' --part`);
});
