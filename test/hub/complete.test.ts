import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { completeFolder } from '../../src/models/hub/cache/complete.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { llamaModel } from './models.ts';

async function model(t: ExecutionContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'model');
  await mkdir(join(folder, '1_Pooling'), { recursive: true });
  for (const [path, content] of Object.entries(llamaModel('complete'))) await writeFile(join(folder, path), content);
  await writeFile(join(folder, '1_Pooling/config.json'), '{}');
  return folder;
}

test('files have the same names, however the path of the folder is written', async (t) => {
  const folder = await model(t);
  await symlink(folder, join(dirname(folder), 'link'));
  const expected = (await completeFolder(folder)).map(({ path }) => path);
  t.true(expected.includes('1_Pooling/config.json') && expected.includes('config.json'));
  const parent = dirname(folder);
  const ways = [`${folder}/`, `${folder}//`, `${folder}/.`, `${parent}/./${basename(folder)}`, `${folder}/../model`];
  for (const way of [...ways, relative('.', folder), `./${relative('.', folder)}`, join(parent, 'link')]) {
    t.deepEqual(
      (await completeFolder(way)).map(({ path }) => path),
      expected,
      way,
    );
  }
});

test('a link out of the folder is not sent, one inside it is; weights may lie elsewhere', async (t) => {
  const folder = await model(t);
  const secret = join(dirname(folder), 'secret');
  await writeFile(secret, 'secret');
  await symlink('config.json', join(folder, 'copy.json'));
  t.true((await completeFolder(folder)).some(({ path }) => path === 'copy.json'));
  await symlink(secret, join(folder, 'LICENSE'));
  await t.throwsAsync(completeFolder(folder), {
    message: `${join(folder, 'LICENSE')}: is a link to ${secret}, outside the folder, which is not sent: copy the file there, or remove the link`,
  });
});
