import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Code } from '@vitess-ts/vterrors';
import { topoContract } from './contract/conn.contract';
import { FileTopo } from './file';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });
const text = (value: string): Buffer => Buffer.from(value);

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'vttopo-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

topoContract('file', async () => {
  const topo = await FileTopo.open(dir);
  return { connect: () => topo.connect('vitess/global'), close: () => topo.close() };
});

/** Everything in the store, by path. */
async function contents(topo: FileTopo): Promise<Record<string, string>> {
  const files = await topo
    .connect()
    .list('')
    .catch(() => []);
  return Object.fromEntries(files.map((file) => [file.path, file.contents.toString()]));
}

describe('FileTopo', () => {
  it('keeps files and versions over a restart', async () => {
    let topo = await FileTopo.open(dir);
    let conn = topo.connect('vitess/global');
    const version = await conn.create('a/kept', text('1'));
    await conn.create('a/gone', text('1'));
    await conn.delete('a/gone', null);
    await topo.close();

    topo = await FileTopo.open(dir);
    conn = topo.connect('vitess/global');
    expect(await conn.get('a/kept')).toEqual({ contents: text('1'), version });
    expect(await contents(topo)).toEqual({ 'vitess/global/a/kept': '1' });
    const next = await conn.update('a/kept', text('2'), version);
    expect(Number(next)).toBeGreaterThan(Number(version) + 2);
    await topo.close();
  });

  it('folds a long journal into a snapshot and goes on', async () => {
    let topo = await FileTopo.open(dir, { compactAboveBytes: 2_000 });
    const conn = topo.connect();
    for (let i = 0; i < 300; i++) await conn.update(`dir/file${i % 7}`, text(`value ${i}`), null);
    await conn.delete('dir/file0', null);
    const expected = await contents(topo);
    await topo.close();
    expect((await stat(join(dir, 'journal'))).size).toBeLessThan(4_000);
    expect((await stat(join(dir, 'snapshot'))).size).toBeGreaterThan(100);

    topo = await FileTopo.open(dir);
    expect(await contents(topo)).toEqual(expected);
    expect(Object.keys(expected)).toHaveLength(6);
    await topo.close();
  });

  it('skips what the snapshot already has when the crash came before the journal was replaced', async () => {
    let topo = await FileTopo.open(dir);
    const conn = topo.connect();
    await conn.create('a', text('1'));
    await conn.create('b', text('1'));
    await conn.delete('b', null);
    await topo.close();
    const oldJournal = await readFile(join(dir, 'journal'));

    topo = await FileTopo.open(dir, { compactAboveBytes: 1 });
    await topo.connect().update('a', text('2'), null);
    await topo.close();
    await writeFile(join(dir, 'journal'), oldJournal);

    topo = await FileTopo.open(dir);
    expect(await contents(topo)).toEqual({ a: '1' });
    await topo.connect().create('c', text('1'));
    await topo.close();
    topo = await FileTopo.open(dir);
    expect(await contents(topo)).toEqual({ a: '1', c: '1' });
    await topo.close();
  });

  it('drops a record whose writing was cut off at any byte, and nothing else', async () => {
    let topo = await FileTopo.open(dir);
    await topo.connect().create('a', text('first'));
    await topo.close();
    const before = (await stat(join(dir, 'journal'))).size;
    topo = await FileTopo.open(dir);
    await topo.connect().create('b', text('second'));
    await topo.close();
    const whole = await readFile(join(dir, 'journal'));

    for (let size = before; size < whole.length; size++) {
      // The rest missing, and the rest there but never filled.
      for (const rest of [Buffer.alloc(0), Buffer.alloc(whole.length - size)]) {
        await writeFile(join(dir, 'journal'), Buffer.concat([whole.subarray(0, size), rest]));
        topo = await FileTopo.open(dir);
        expect(await contents(topo)).toEqual({ a: 'first' });
        await topo.close();
        expect((await stat(join(dir, 'journal'))).size).toBe(before);
      }
    }
  });

  it('refuses damage in the middle instead of forgetting what follows it', async () => {
    const topo = await FileTopo.open(dir);
    for (const name of ['a', 'b', 'c']) await topo.connect().create(name, text(`value of ${name}`));
    await topo.close();
    const whole = await readFile(join(dir, 'journal'));
    const at = whole.indexOf('value of b');
    for (const offset of [at, at - 20]) {
      const damaged = Buffer.from(whole);
      damaged[offset] ^= 0x40;
      await writeFile(join(dir, 'journal'), damaged);
      await expect(FileTopo.open(dir)).rejects.toEqual(code(Code.DATA_LOSS));
    }
    await writeFile(join(dir, 'journal'), 'something else');
    await expect(FileTopo.open(dir)).rejects.toEqual(code(Code.DATA_LOSS));
  });

  it('refuses a damaged snapshot', async () => {
    const topo = await FileTopo.open(dir, { compactAboveBytes: 1 });
    for (const name of ['a', 'b', 'c']) await topo.connect().create(name, text(`value of ${name}`));
    await topo.close();
    const file = join(dir, 'snapshot');
    const { size } = await stat(file);
    await truncate(file, size - 1);
    await expect(FileTopo.open(dir)).rejects.toEqual(code(Code.DATA_LOSS));
    await truncate(file, size - 40);
    await appendFile(file, Buffer.alloc(40));
    await expect(FileTopo.open(dir)).rejects.toEqual(code(Code.DATA_LOSS));
  });

  it('lets one writer in', async () => {
    const topo = await FileTopo.open(dir);
    await expect(FileTopo.open(dir)).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await topo.close();
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => FileTopo.open(dir)));
    const opened = results.filter((result) => result.status === 'fulfilled');
    expect(opened.length).toBeLessThanOrEqual(1);
    for (const { value } of opened) await value.close();
    await (await FileTopo.open(dir)).close();
    expect((await readdir(dir)).filter((name) => name.startsWith('writer'))).toEqual([]);
  });

  it('takes no further changes when its disk fails, and goes on reading', async () => {
    const topo = await FileTopo.open(dir);
    const conn = topo.connect();
    await conn.create('a', text('1'));
    // Closing the journal under the store stands for a disk that went away.
    await (topo as unknown as { journal: { close(): Promise<void> } }).journal.close();
    await expect(conn.create('b', text('1'))).rejects.toEqual(code(Code.UNAVAILABLE));
    await expect(conn.get('b')).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(conn.update('a', text('2'), null)).rejects.toEqual(code(Code.UNAVAILABLE));
    expect((await conn.get('a')).contents).toEqual(text('1'));
    await topo.close();
  });
});

describe('kill -9', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that changes one file after the other and says each number once it is acknowledged. */
  function startWriter(): { child: ChildProcess; lines: AsyncIterator<string> } {
    const root = resolve(__dirname, '../../..');
    const child = spawn(
      process.execPath,
      [
        '--conditions=@vitess-ts/source',
        '--require',
        join(root, 'tools/dev/swc-register.cjs'),
        join(__dirname, 'contract/file-writer.contract.ts'),
        dir,
      ],
      { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(child);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    return { child, lines };
  }

  it('loses no acknowledged change, at whatever moment it comes', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round++) {
      const { child, lines } = startWriter();
      for (let i = 0; i < 20 + round * 37; i++) {
        const line = await lines.next();
        acknowledged = Number(line.value);
      }
      child.kill('SIGKILL');
      // What it acknowledged before it died may still be in the pipe.
      for (let line = await lines.next(); !line.done; line = await lines.next())
        acknowledged = Number(line.value);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');

      const topo = await FileTopo.open(dir);
      const files = await contents(topo);
      const stored = Number(files.counter);
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
      expect(stored).toBeLessThanOrEqual(acknowledged + 1);
      for (let i = Math.max(0, acknowledged - 50); i <= acknowledged; i++) {
        if (i > 0 && i % 3 === 0) expect(files[`file/${i}`]).toBe(`value ${i}`);
      }
      acknowledged = stored;
      await topo.close();
    }
    expect(acknowledged).toBeGreaterThan(200);
  });
});
