import { Code } from '@vitess-ts/vterrors';
import type { Conn } from '../conn';
import { bytes, code, type Context, type StoreUnderTest } from './context.contract';
import { electionContract, lockContract, watchContract } from './coordination.contract';

/** What every topology store must do. Call it once per implementation, at the top level of a test file. */
export function topoContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`topology contract: ${name}`, () => {
    const context = {} as Context;

    beforeEach(async () => {
      context.store = await makeStore();
      context.conn = await context.store.connect();
      context.other = await context.store.connect();
    });

    afterEach(async () => {
      await context.conn.close();
      await context.other.close();
      await context.store.close();
    });

    describe('files', () => fileContract(context));
    describe('directories', () => directoryContract(context));
    describe('watches', () => watchContract(context));
    describe('locks', () => lockContract(context));
    describe('elections', () => electionContract(context));
    describe('connections', () => connectionContract(context));
  });
}

function fileContract(t: Context): void {
  it('creates, reads, updates and deletes', async () => {
    const v1 = await t.conn.create('keyspaces/ks/Keyspace', bytes('one'));
    expect(await t.other.get('keyspaces/ks/Keyspace')).toEqual({ contents: bytes('one'), version: v1 });
    const v2 = await t.other.update('/keyspaces/ks/Keyspace', bytes('two'), v1);
    expect(v2).not.toBe(v1);
    expect(await t.conn.get('keyspaces/ks/Keyspace')).toEqual({ contents: bytes('two'), version: v2 });
    await t.conn.delete('keyspaces/ks/Keyspace', v2);
    await expect(t.other.get('keyspaces/ks/Keyspace')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('keeps bytes, and empty contents', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await t.conn.create('a/bytes', all);
    await t.conn.create('a/empty', Buffer.alloc(0));
    expect((await t.other.get('a/bytes')).contents).toEqual(all);
    expect((await t.other.get('a/empty')).contents).toEqual(Buffer.alloc(0));
  });

  it('refuses to create what exists', async () => {
    await t.conn.create('a/b', bytes('1'));
    await expect(t.other.create('a/b', bytes('2'))).rejects.toEqual(code(Code.ALREADY_EXISTS));
    expect((await t.conn.get('a/b')).contents).toEqual(bytes('1'));
  });

  it('compares before it swaps', async () => {
    const v1 = await t.conn.create('a/b', bytes('1'));
    const v2 = await t.conn.update('a/b', bytes('2'), v1);
    await expect(t.conn.update('a/b', bytes('3'), v1)).rejects.toEqual(code(Code.ABORTED));
    await expect(t.conn.delete('a/b', v1)).rejects.toEqual(code(Code.ABORTED));
    await expect(t.conn.update('a/none', bytes('3'), v2)).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(t.conn.delete('a/none', null)).rejects.toEqual(code(Code.NOT_FOUND));
    expect((await t.conn.get('a/b')).contents).toEqual(bytes('2'));
  });

  it('does not give an old version to a file that was made again', async () => {
    const v1 = await t.conn.create('a/b', bytes('1'));
    await t.conn.delete('a/b', null);
    await t.conn.create('a/b', bytes('1'));
    await expect(t.conn.update('a/b', bytes('2'), v1)).rejects.toEqual(code(Code.ABORTED));
  });

  it('makes or replaces a file when no version is given', async () => {
    await t.conn.update('a/b', bytes('1'), null);
    await t.conn.update('a/b', bytes('2'), null);
    expect((await t.other.get('a/b')).contents).toEqual(bytes('2'));
  });

  it('loses none of 100 concurrent updates', async () => {
    await t.conn.create('counter', bytes('0'));
    const increment = async (conn: Conn): Promise<void> => {
      for (;;) {
        const { contents, version } = await conn.get('counter');
        try {
          await conn.update('counter', bytes(String(Number(contents.toString()) + 1)), version);
          return;
        } catch (error) {
          if ((error as { code?: Code }).code !== Code.ABORTED) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, i) => increment(i % 2 ? t.conn : t.other)));
    expect((await t.conn.get('counter')).contents.toString()).toBe('100');
  }, 60_000);

  it('lists by prefix of the path', async () => {
    for (const path of ['tablets/zone1-0000000100/Tablet', 'tablets/zone2-0000000100/Tablet', 'tablets2/x']) {
      await t.conn.create(path, bytes(path));
    }
    const paths = async (prefix: string): Promise<string[]> =>
      (await t.other.list(prefix)).map(({ path }) => path);
    expect(await paths('tablets/')).toEqual([
      'tablets/zone1-0000000100/Tablet',
      'tablets/zone2-0000000100/Tablet',
    ]);
    expect(await paths('tablets/zone1')).toEqual(['tablets/zone1-0000000100/Tablet']);
    expect(await paths('tablets')).toHaveLength(3);
    expect(await paths('')).toHaveLength(3);
    const [file] = await t.other.list('tablets2');
    expect(file).toEqual({ ...(await t.conn.get('tablets2/x')), path: 'tablets2/x' });
    await expect(t.conn.list('nothing')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('refuses paths that are none', async () => {
    for (const path of ['', '/', 'a//b', 'a/../b', './a', 'a\0b', `a/${'x'.repeat(2000)}`]) {
      await expect(t.conn.create(path, bytes('1'))).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    }
  });

  it('refuses contents over the limit', async () => {
    const tooMuch = Buffer.alloc(4 * 1024 * 1024 + 1);
    await expect(t.conn.create('a', tooMuch)).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    await t.conn.create('b', tooMuch.subarray(1));
    expect((await t.other.get('b')).contents).toHaveLength(4 * 1024 * 1024);
  });
}

function directoryContract(t: Context): void {
  it('lists children sorted, with their types', async () => {
    for (const path of [
      'cells/zone2/CellInfo',
      'cells/zone10/CellInfo',
      'cells/zone1/CellInfo',
      'cells/note',
    ]) {
      await t.conn.create(path, bytes(''));
    }
    expect((await t.other.listDir('cells', false)).map(({ name }) => name)).toEqual([
      'note',
      'zone1',
      'zone10',
      'zone2',
    ]);
    const full = await t.other.listDir('/cells/', true);
    expect(full.filter((entry) => !entry.ephemeral)).toEqual([
      { name: 'note', type: 'file', ephemeral: false },
      { name: 'zone1', type: 'directory', ephemeral: false },
      { name: 'zone10', type: 'directory', ephemeral: false },
      { name: 'zone2', type: 'directory', ephemeral: false },
    ]);
    expect((await t.conn.listDir('', false)).map(({ name }) => name)).toContain('cells');
  });

  it('knows no directory without files', async () => {
    await expect(t.conn.listDir('', false)).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(t.conn.listDir('a', false)).rejects.toEqual(code(Code.NOT_FOUND));
    await t.conn.create('a/file', bytes(''));
    await expect(t.conn.listDir('a/file', false)).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(t.conn.get('a')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('lets deep directories vanish with their last file', async () => {
    const deep = 'a/b/c/d/e/f/g/file';
    await t.conn.create(deep, bytes('1'));
    await t.conn.create('a/b/other', bytes('1'));
    await t.conn.delete(deep, null);
    expect(await t.other.listDir('a/b', false)).toEqual([{ name: 'other' }]);
    await t.conn.delete('a/b/other', null);
    await expect(t.conn.listDir('a', false)).rejects.toEqual(code(Code.NOT_FOUND));
  });
}

function connectionContract(t: Context): void {
  it('refuses calls and ends watches once closed', async () => {
    const conn = await t.store.connect();
    await conn.create('a/file', bytes('1'));
    const { changes } = await conn.watch('a/file', new AbortController().signal);
    const next = expect(changes[Symbol.asyncIterator]().next()).rejects.toEqual(code(Code.UNAVAILABLE));
    await conn.close();
    await conn.close();
    await next;
    await expect(conn.get('a/file')).rejects.toEqual(code(Code.UNAVAILABLE));
    await expect(conn.create('a/file2', bytes('1'))).rejects.toEqual(code(Code.UNAVAILABLE));
    expect((await t.conn.get('a/file')).contents).toEqual(bytes('1'));
  });

  it('does nothing for a caller that has given up', async () => {
    const aborted = AbortSignal.abort();
    await expect(t.conn.create('a/file', bytes('1'), aborted)).rejects.toEqual(code(Code.CANCELED));
    await expect(t.conn.get('a/file', aborted)).rejects.toEqual(code(Code.CANCELED));
    await expect(t.conn.get('a/file')).rejects.toEqual(code(Code.NOT_FOUND));
  });
}
