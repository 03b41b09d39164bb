import { once } from 'node:events';
import { startEtcd, type TestEtcd } from '@vitess-ts/testkit';
import { Code } from '@vitess-ts/vterrors';
import type { RecursiveChange } from '../conn';
import { EtcdConn } from './etcd-conn';
import { EtcdGateway, Wire } from './testing.contract';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });
const bytes = (text: string): Buffer => Buffer.from(text);
const root = '/vitess/global';
const never = new AbortController().signal;

let etcd: TestEtcd;
let wire: Wire;
/** Straight to etcd. */
let direct: EtcdConn;
/** Over a wire that can be cut. */
let conn: EtcdConn;

// Some tests hold a time limit that a machine which is busy for a moment misses: those are measured again.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

beforeEach(async () => {
  etcd = await startEtcd();
  wire = await Wire.to(etcd.address);
  direct = await EtcdConn.open({ address: etcd.address, root, timeoutMs: 1_000 });
  conn = await EtcdConn.open({ address: wire.address, root, timeoutMs: 1_000 });
});
afterEach(async () => {
  await direct?.close();
  await conn?.close();
  await wire?.close();
  await etcd?.stop();
});

const iteratorOf = <T>(changes: AsyncIterable<T>): AsyncIterator<T> => changes[Symbol.asyncIterator]();

/** Tries again until it works; gives how long that took. */
async function untilWorks(fn: () => Promise<unknown>): Promise<number> {
  const start = Date.now();
  for (;;) {
    try {
      await fn();
      return Date.now() - start;
    } catch (error) {
      expect([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED]).toContain((error as { code?: Code }).code);
      if (Date.now() - start > 10_000) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

describe('while etcd is down', () => {
  it('calls fail at once, and all goes on when it is back', async () => {
    await conn.create('a/file', bytes('0'));
    const file = iteratorOf((await conn.watch('a/file', never)).changes);
    const below = iteratorOf((await conn.watchRecursive('a', never)).changes);
    const lock = await conn.lockName('x', 'first');
    const waiting = direct.lockName('x', 'second');
    const queue = new EtcdGateway(etcd.address);
    while ((await queue.keys(`${root}/x/locks/`)).length < 2) await new Promise(setImmediate);
    const leads = await conn.newLeaderParticipation('vtctld', 'host1:1').waitForLeadership();

    await etcd.kill();
    await untilFailsFast(() => direct.get('a/file'));
    await untilFailsFast(() => conn.create('a/other', bytes('1')));
    await untilFailsFast(() => direct.list(''));
    await expect(lock.check()).rejects.toEqual(code(Code.UNAVAILABLE));
    await expect(direct.tryLock('a', 'x')).rejects.toEqual(code(Code.UNAVAILABLE));

    await etcd.start();
    const backAt = Date.now();
    expect(await untilWorks(() => conn.get('a/file'))).toBeLessThan(1_500);
    const version = await direct.update('a/file', bytes('1'), null);
    expect((await file.next()).value).toEqual({ contents: bytes('1'), version });
    expect((await below.next()).value).toEqual({ path: 'a/file', contents: bytes('1'), version });
    await lock.check();
    expect(Date.now() - backAt).toBeLessThan(2_000);
    expect(lock.lost.aborted || leads.aborted).toBe(false);
    await lock.unlock();
    await (await waiting).unlock();
  });

  /** The first call may still find the connection whole. */
  async function untilFailsFast(fn: () => Promise<unknown>): Promise<void> {
    await fn().catch(() => undefined);
    const start = Date.now();
    await expect(fn()).rejects.toEqual(code(Code.UNAVAILABLE));
    expect(Date.now() - start).toBeLessThan(500);
  }

  it('a connection ends soon', async () => {
    await conn.lockName('x', 'first');
    await etcd.kill();
    const start = Date.now();
    await conn.close();
    expect(Date.now() - start).toBeLessThan(3_000);
  });
});

describe('while etcd is stopped but not gone', () => {
  it('no call hangs, and a caller may give up earlier', async () => {
    await direct.create('a/file', bytes('0'));
    await etcd.pause();
    const start = Date.now();
    await expect(direct.get('a/file')).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    await expect(direct.update('a/file', bytes('1'), null)).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    expect(Date.now() - start).toBeLessThan(4_000);
    const givesUp = direct.get('a/file', AbortSignal.timeout(50));
    await expect(givesUp).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    const abort = new AbortController();
    const canceled = expect(direct.get('a/file', abort.signal)).rejects.toEqual(code(Code.CANCELED));
    abort.abort();
    await canceled;
    etcd.resume();
    expect(await untilWorks(() => direct.get('a/file'))).toBeLessThan(1_500);
  });
});

describe('while the way to etcd is cut', () => {
  it('watches miss nothing of what others change', async () => {
    await direct.create('a/file', bytes('0'));
    const file = iteratorOf((await conn.watch('a/file', never)).changes);
    const below = iteratorOf((await conn.watchRecursive('a', never)).changes);
    wire.cut();
    for (let i = 1; i <= 5; i++) await direct.update('a/file', bytes(String(i)), null);
    await direct.create('a/new', bytes('1'));
    wire.mend();
    for (let i = 1; i <= 5; i++) {
      expect((await file.next()).value.contents).toEqual(bytes(String(i)));
      expect((await below.next()).value).toMatchObject({ path: 'a/file', contents: bytes(String(i)) });
    }
    expect((await below.next()).value).toMatchObject({ path: 'a/new' });
    await direct.delete('a/file', null);
    await expect(file.next()).rejects.toEqual(code(Code.NOT_FOUND));
    expect((await below.next()).value).toEqual({ path: 'a/file', deleted: true });
  });

  it('watches give the outcome of what etcd has forgotten meanwhile', async () => {
    for (const name of ['changed', 'gone', 'same', 'remade']) await direct.create(`a/${name}`, bytes('0'));
    const changed = iteratorOf((await conn.watch('a/changed', never)).changes);
    const gone = iteratorOf((await conn.watch('a/gone', never)).changes);
    const remade = iteratorOf((await conn.watch('a/remade', never)).changes);
    const below = iteratorOf((await conn.watchRecursive('a', never)).changes);
    wire.cut();
    for (let i = 1; i <= 3; i++) await direct.update('a/changed', bytes(String(i)), null);
    await direct.delete('a/gone', null);
    await direct.delete('a/remade', null);
    await direct.create('a/remade', bytes('1'));
    await direct.create('a/new', bytes('1'));
    await new EtcdGateway(etcd.address).compact();
    wire.mend();
    expect((await changed.next()).value.contents).toEqual(bytes('3'));
    await expect(gone.next()).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(remade.next()).rejects.toEqual(code(Code.NOT_FOUND));
    const seen: string[] = [];
    while (seen.length < 4) {
      const change = (await below.next()).value as RecursiveChange;
      seen.push(`${change.path} ${change.deleted ? 'deleted' : change.contents.toString()}`);
    }
    expect(seen.sort()).toEqual(['a/changed 3', 'a/gone deleted', 'a/new 1', 'a/remade 1']);
    await direct.update('a/same', bytes('1'), null);
    expect((await below.next()).value).toMatchObject({ path: 'a/same', contents: bytes('1') });
  });

  it('a lock is lost when its lease is over, not before, and another may have it', async () => {
    const lock = await conn.lockName('x', 'first', { ttlMs: 2_000 });
    const leader = conn.newLeaderParticipation('vtctld', 'host1:1');
    await leader.waitForLeadership();
    const lost = once(lock.lost, 'abort');
    wire.cut();
    const cutAt = Date.now();
    await expect(lock.check()).rejects.toEqual(code(Code.UNAVAILABLE));
    await lost;
    expect(Date.now() - cutAt).toBeGreaterThan(1_000);
    expect(Date.now() - cutAt).toBeLessThan(2_500);
    const next = await direct.lockName('x', 'second', { signal: AbortSignal.timeout(5_000) });
    wire.mend();
    await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await next.check();
    await next.unlock();
    await untilWorks(async () => (await conn.lockName('x', 'third')).unlock());
    expect(await direct.newLeaderParticipation('vtctld', '').getCurrentLeaderId()).toBe('host1:1');
  });
});
