import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

function slurmMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can run a Slurm of its own';
  for (const program of ['slurmctld', 'slurmd', 'munged', 'sbatch']) {
    if (spawnSync('sh', ['-c', `command -v ${program} /usr/sbin/${program}`]).status !== 0) return `no ${program}`;
  }
  return undefined;
}

/** A Slurm with one controller and three nodes on this host, ended with the test. @returns the environment of its clients */
async function startSlurm(t: ExecutionContext): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder(t);
  const host = hostname().split('.')[0];
  const nodes = ['n1', 'n2', 'n3'];
  const settings = `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=16917
AuthType=auth/munge
SlurmUser=root
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
NodeName=n[1-3] NodeHostname=${host} NodeAddr=127.0.0.1 Port=[17101-17103] CPUs=2 RealMemory=4000
PartitionName=all Nodes=ALL Default=YES State=UP
`;
  const path = join(folder, 'slurm.conf');
  await writeFile(path, settings);
  await mkdir(join(folder, 'state'));
  execFileSync('sh', ['-c', 'pgrep -x munged || su munge -s /bin/sh -c /usr/sbin/munged || /usr/sbin/munged --force'], {
    stdio: 'ignore',
  });
  execFileSync('slurmctld', ['-f', path]);
  for (const node of nodes) {
    await mkdir(join(folder, `spool-${node}`));
    execFileSync('slurmd', ['-N', node, '-f', path]);
  }
  t.teardown(async () => {
    for (const name of ['slurmctld', ...nodes.map((node) => `slurmd-${node}`)]) {
      const pid = Number(await readFile(join(folder, `${name}.pid`), 'utf8').catch(() => 'NaN'));
      if (Number.isInteger(pid)) process.kill(pid);
    }
  });
  await sleep(2000);
  return { ...process.env, SLURM_CONF: path };
}

testUnless(slurmMissing())(
  'the printed script on a real Slurm: parts, joined by a job that depends on them',
  async (t) => {
    const env = await startSlurm(t);
    const folder = await temporaryFolder(t);
    const [whole, out] = [join(folder, 'whole'), join(folder, 'out of parts')];
    const merge = ['merge', 'examples/cocktail.yml', '--shard-size', '400KB', '--quiet', '--device', 'cpu', '-o'];
    t.is((await swizzle([...merge, whole])).code, 0);
    const printed = await swizzle([...merge, out, '--print-script', 'slurm']);
    t.is(printed.code, 0, printed.stderr);
    const script = printed.stdout.replace('--output=%x-%A_%a.log', `--output=${folder}/%a.log`);
    await writeFile(join(folder, 'parts.sh'), script);
    const id = execFileSync('sbatch', ['--parsable', join(folder, 'parts.sh')], { env })
      .toString()
      .trim();
    const line = script.split('\n').find((text) => text.startsWith('#   sbatch --dependency'));
    execFileSync('sh', ['-c', `id=${id}; ${line?.slice(1)} --output=${folder}/collect.log`], { env });
    for (let tries = 0; tries < 120; tries++) {
      if (execFileSync('squeue', ['-h'], { env }).toString() === '') break;
      await sleep(500);
    }
    const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    t.is(logs.length, 7);
    for (const log of logs) t.is(await readFile(join(folder, log), 'utf8'), '', log);
    for (const name of (await readdir(whole)).filter((one) => one.endsWith('.safetensors'))) {
      t.deepEqual(await readFile(join(out, name)), await readFile(join(whole, name)), name);
    }
    t.deepEqual((await readdir(out)).sort(), (await readdir(whole)).sort());
  },
);
