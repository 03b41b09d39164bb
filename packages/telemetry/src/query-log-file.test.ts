import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@vitess-ts/vterrors';
import { QueryLogFile } from './query-log-file';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'query-log-'))));
afterEach(() => rm(dir, { recursive: true }));

const fail = (error: Error): void => {
  throw error;
};

test('appends lines, also to what an earlier process wrote', async () => {
  const path = join(dir, 'queries.log');
  for (const line of ['one\n', 'two\n']) {
    const file = await QueryLogFile.open(path, fail);
    file.write(line);
    await file.close();
    expect(file.dropped).toBe(0);
  }
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
});

test('drops lines in place of holding up queries when the disk does not follow', async () => {
  const path = join(dir, 'queries.log');
  const file = await QueryLogFile.open(path, fail);
  const line = 'x'.repeat((1 << 20) - 1) + '\n';
  for (let i = 0; i < 40; i++) file.write(line);
  expect(file.dropped).toBeGreaterThan(20);
  await file.close();
  const written = (await readFile(path)).length / line.length;
  expect(written).toBe(40 - file.dropped);
});

test('says which file cannot be opened', async () => {
  const opening = QueryLogFile.open(join(dir, 'no', 'such', 'folder'), fail);
  await expect(opening).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
    message: expect.stringContaining('no/such/folder') as string,
  });
});
