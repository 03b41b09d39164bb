import { Code } from '@vitess-ts/vterrors';
import type { Conn, LockDescriptor } from '../conn';

/** A fresh, empty store of one implementation. */
export interface StoreUnderTest {
  /** A new connection to it; connections of one store see the same files, locks and elections. */
  connect(): Promise<Conn> | Conn;
  /** Removes the store; its connections are closed by then. */
  close(): Promise<void>;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const code = (expected: Code): unknown => expect.objectContaining({ code: expected });

/** The first `count` items of an iterable; the iterable is not closed. */
async function take<T>(iterable: AsyncIterable<T>, count: number): Promise<T[]> {
  const iterator = iterable[Symbol.asyncIterator]();
  const items: T[] = [];
  while (items.length < count) {
    const next = await iterator.next();
    if (next.done) throw new Error(`the stream ended after ${items.length} of ${count} items`);
    items.push(next.value);
  }
  return items;
}

/** What every topology store must do. Call it once per implementation, at the top level of a test file. */
export function topoContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`topology contract: ${name}`, () => {
    const context: { store: StoreUnderTest; conn: Conn; other: Conn } = {} as never;

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

interface Context {
  store: StoreUnderTest;
  conn: Conn;
  other: Conn;
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
  });

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

function watchContract(t: Context): void {
  const abort = new AbortController();
  afterAll(() => abort.abort());

  it('gives each change of a file in order', async () => {
    await t.conn.create('a/file', bytes('0'));
    const { initial, changes } = await t.other.watch('a/file', abort.signal);
    expect(initial.contents).toEqual(bytes('0'));
    const versions: string[] = [];
    for (let i = 1; i <= 20; i++) versions.push(await t.conn.update('a/file', bytes(String(i)), null));
    await t.conn.create('a/file2', bytes('not ours'));
    const seen = await take(changes, 20);
    expect(seen.map((change) => Number(change.contents.toString()))).toEqual(versions.map((_, i) => i + 1));
    expect(seen.map((change) => change.version)).toEqual(versions);
  });

  it('refuses to watch a file that does not exist', async () => {
    await expect(t.conn.watch('a/file', abort.signal)).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('ends when the file is deleted', async () => {
    await t.conn.create('a/file', bytes('0'));
    const { changes } = await t.other.watch('a/file', abort.signal);
    await t.conn.update('a/file', bytes('1'), null);
    await t.conn.delete('a/file', null);
    const iterator = changes[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ contents: bytes('1') });
    await expect(iterator.next()).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('ends when its signal aborts', async () => {
    await t.conn.create('a/file', bytes('0'));
    const own = new AbortController();
    const { changes } = await t.conn.watch('a/file', own.signal);
    const next = expect(changes[Symbol.asyncIterator]().next()).rejects.toEqual(code(Code.CANCELED));
    own.abort();
    await next;
  });

  it('follows a directory that does not exist yet', async () => {
    const { initial, changes } = await t.other.watchRecursive('keyspaces/ks', abort.signal);
    expect(initial).toEqual([]);
    const version = await t.conn.create('keyspaces/ks/shards/0/Shard', bytes('1'));
    await t.conn.create('keyspaces/ks2/Keyspace', bytes('not ours'));
    await t.conn.delete('keyspaces/ks/shards/0/Shard', null);
    await t.conn.create('keyspaces/ks/Keyspace', bytes('2'));
    const path = 'keyspaces/ks/shards/0/Shard';
    const seen = await take(changes, 3);
    expect(seen[0]).toEqual({ path, contents: bytes('1'), version });
    expect(seen[1]).toEqual({ path, deleted: true });
    expect(seen[2]).toMatchObject({ path: 'keyspaces/ks/Keyspace', contents: bytes('2') });
  });

  it('follows one file through its absence', async () => {
    await t.conn.create('a/file', bytes('0'));
    const { initial, changes } = await t.other.watchRecursive('a/file', abort.signal);
    expect(initial).toEqual([{ path: 'a/file', ...(await t.conn.get('a/file')) }]);
    await t.conn.delete('a/file', null);
    await t.conn.create('a/file', bytes('1'));
    expect(await take(changes, 2)).toEqual([
      { path: 'a/file', deleted: true },
      { path: 'a/file', ...(await t.conn.get('a/file')) },
    ]);
  });
}

function lockContract(t: Context): void {
  const dir = 'keyspaces/ks';
  beforeEach(async () => void (await t.conn.create(`${dir}/Keyspace`, bytes('1'))));

  it('excludes others until it is given back', async () => {
    const first = await t.conn.lock(dir, 'first');
    await first.check();
    await expect(t.other.tryLock(dir, 'second')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await expect(t.conn.tryLock(dir, 'second')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    const order: string[] = [];
    const waiting = t.other.lock(dir, 'second').then((lock) => {
      order.push('second has it');
      return lock;
    });
    await first.check();
    order.push('first gives it back');
    await first.unlock();
    const second = await waiting;
    expect(order).toEqual(['first gives it back', 'second has it']);
    await second.check();
    await second.unlock();
    await (await t.conn.tryLock(dir, 'third')).unlock();
  });

  it('lets one at a time through, and all in the end', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const lock = await (i % 2 ? t.conn : t.other).lock(dir, `worker ${i}`);
        most = Math.max(most, ++inside);
        await lock.check();
        inside--;
        await lock.unlock();
      }),
    );
    expect(most).toBe(1);
  });

  it('does not keep files from changing', async () => {
    const lock = await t.conn.lock(dir, 'first');
    await t.other.update(`${dir}/Keyspace`, bytes('2'), null);
    await lock.unlock();
    expect(await t.conn.listDir(dir, false)).toEqual(expect.arrayContaining([{ name: 'Keyspace' }]));
  });

  it('needs a directory, unless it is a named lock', async () => {
    await expect(t.conn.lock('keyspaces/none', 'x')).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(t.conn.tryLock('keyspaces/none', 'x')).rejects.toEqual(code(Code.NOT_FOUND));
    const lock = await t.conn.lockName('internal/named_locks/x', 'x');
    const aborted = AbortSignal.timeout(50);
    await expect(t.other.lockName('internal/named_locks/x', 'y', { signal: aborted })).rejects.toEqual(
      code(Code.DEADLINE_EXCEEDED),
    );
    await lock.unlock();
    await (await t.other.lockName('internal/named_locks/x', 'y')).unlock();
  });

  it('stops waiting when the signal aborts, and does not take the lock later', async () => {
    const first = await t.conn.lock(dir, 'first');
    const abort = new AbortController();
    const waiting = expect(t.other.lock(dir, 'second', { signal: abort.signal })).rejects.toEqual(
      code(Code.CANCELED),
    );
    abort.abort();
    await waiting;
    await first.unlock();
    await (await t.conn.lock(dir, 'third')).unlock();
  });

  it('is lost with its connection, and free for others', async () => {
    const conn = await t.store.connect();
    const lock = await conn.lock(dir, 'first');
    const waiting = t.other.lock(dir, 'second');
    await conn.close();
    await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    expect(lock.lost.aborted).toBe(true);
    await expect(lock.unlock()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await (await waiting).unlock();
  });

  it('is not held after it was given back', async () => {
    const lock: LockDescriptor = await t.conn.lock(dir, 'first');
    await lock.unlock();
    await lock.unlock();
    await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
  });
}

function electionContract(t: Context): void {
  it('has one leader, and another when it stops', async () => {
    const first = t.conn.newLeaderParticipation('vtctld', 'host1:15999');
    const second = t.other.newLeaderParticipation('vtctld', 'host2:15999');
    expect(await second.getCurrentLeaderId()).toBe('');
    const firstLeads = await first.waitForLeadership();
    expect(firstLeads.aborted).toBe(false);
    expect(await second.getCurrentLeaderId()).toBe('host1:15999');

    const abort = new AbortController();
    const leaders = take(second.waitForNewLeader(abort.signal), 2);
    const waiting = second.waitForLeadership();
    await first.stop();
    expect(firstLeads.aborted).toBe(true);
    expect((await waiting).aborted).toBe(false);
    expect(await leaders).toEqual(['host1:15999', 'host2:15999']);
    abort.abort();
    await expect(first.waitForLeadership()).rejects.toEqual(code(Code.CANCELED));
    await second.stop();
  });

  it('has a new leader when the connection of the old one ends', async () => {
    const conn = await t.store.connect();
    const lost = await conn.newLeaderParticipation('vtctld', 'host1:15999').waitForLeadership();
    const second = t.other.newLeaderParticipation('vtctld', 'host2:15999');
    const waiting = second.waitForLeadership();
    await conn.close();
    expect(lost.aborted).toBe(true);
    await waiting;
    expect(await second.getCurrentLeaderId()).toBe('host2:15999');
    await second.stop();
  });

  it('ends the wait of a candidate that stops', async () => {
    const first = t.conn.newLeaderParticipation('vtctld', 'host1:15999');
    await first.waitForLeadership();
    const second = t.other.newLeaderParticipation('vtctld', 'host2:15999');
    const waiting = expect(second.waitForLeadership()).rejects.toEqual(code(Code.CANCELED));
    await second.stop();
    await waiting;
    await first.stop();
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
