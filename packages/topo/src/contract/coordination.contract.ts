import { Code } from '@vitess-ts/vterrors';
import type { LockDescriptor } from '../conn';
import { bytes, code, take, takeUntil, type Context } from './context.contract';

export function watchContract(t: Context): void {
  const abort = new AbortController();
  afterAll(() => abort.abort());

  it('gives each change of a file in order', async () => {
    await t.conn.create('a/file', bytes('0'));
    const { initial, changes } = await t.other.watch('a/file', abort.signal);
    expect(initial.contents).toEqual(bytes('0'));
    const versions: string[] = [];
    for (let i = 1; i <= 20; i++) versions.push(await t.conn.update('a/file', bytes(String(i)), null));
    await t.conn.create('a/file2', bytes('not ours'));
    const seen = await takeUntil(changes, (change) => change.version === versions[19]);
    if (!t.store.mergesChanges) expect(seen).toHaveLength(20);
    const numbers = seen.map((change) => Number(change.contents.toString()));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(seen.map((change) => change.version)).toEqual(numbers.map((number) => versions[number - 1]));
  });

  it('refuses to watch a file that does not exist', async () => {
    await expect(t.conn.watch('a/file', abort.signal)).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('ends when the file is deleted', async () => {
    await t.conn.create('a/file', bytes('0'));
    const { changes } = await t.other.watch('a/file', abort.signal);
    await t.conn.update('a/file', bytes('1'), null);
    const iterator = changes[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ contents: bytes('1') });
    await t.conn.delete('a/file', null);
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
    const path = 'keyspaces/ks/shards/0/Shard';
    const seen = changes[Symbol.asyncIterator]();
    const version = await t.conn.create(path, bytes('1'));
    await t.conn.create('keyspaces/ks2/Keyspace', bytes('not ours'));
    expect((await seen.next()).value).toEqual({ path, contents: bytes('1'), version });
    await t.conn.delete(path, null);
    await t.conn.create('keyspaces/ks/Keyspace', bytes('2'));
    expect((await seen.next()).value).toEqual({ path, deleted: true });
    expect((await seen.next()).value).toMatchObject({
      path: 'keyspaces/ks/Keyspace',
      contents: bytes('2'),
    });
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

export function lockContract(t: Context): void {
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

export function electionContract(t: Context): void {
  it('has one leader, and another when it stops', async () => {
    const first = t.conn.newLeaderParticipation('vtctld', 'host1:15999');
    const second = t.other.newLeaderParticipation('vtctld', 'host2:15999');
    expect(await second.getCurrentLeaderId()).toBe('');
    const firstLeads = await first.waitForLeadership();
    expect(firstLeads.aborted).toBe(false);
    expect(await second.getCurrentLeaderId()).toBe('host1:15999');

    const abort = new AbortController();
    const leaders = second.waitForNewLeader(abort.signal)[Symbol.asyncIterator]();
    expect((await leaders.next()).value).toBe('host1:15999');
    const next = leaders.next();
    const waiting = second.waitForLeadership();
    await first.stop();
    expect(firstLeads.aborted).toBe(true);
    expect((await waiting).aborted).toBe(false);
    expect((await next).value).toBe('host2:15999');
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
