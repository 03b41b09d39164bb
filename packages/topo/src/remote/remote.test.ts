import { FakeClock } from '@vitess-ts/base';
import { LockRequest_Kind, TopoStoreService } from '@vitess-ts/proto/vttopo';
import { createChannel, GrpcServer, serverStream, silentLogger, unary } from '@vitess-ts/servenv';
import { Code } from '@vitess-ts/vterrors';
import { topoContract } from '../contract/conn.contract';
import { MemoryTopo } from '../memory';
import { LeaseTable } from './lock-lease';
import { RemoteConn } from './remote-conn';
import { topoStoreHandlers } from './store-service';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });
const bytes = (text: string): Buffer => Buffer.from(text);

/** A server of a store, as the process that owns one runs it. */
async function serve(topo: MemoryTopo, port = 0): Promise<{ port: number; stop: () => Promise<void> }> {
  const conn = topo.connect();
  const server = new GrpcServer({ host: '127.0.0.1', port, log: silentLogger });
  server.handle(TopoStoreService, topoStoreHandlers(conn));
  const bound = await server.start();
  const stop = async (): Promise<void> => {
    await conn.close();
    await server.stop(100);
  };
  return { port: bound, stop };
}

topoContract('remote', async () => {
  const { port, stop } = await serve(new MemoryTopo());
  return {
    connect: () => new RemoteConn({ address: `127.0.0.1:${port}`, root: 'vitess/global' }),
    close: stop,
  };
});

describe('RemoteConn', () => {
  it('sees what the owner of the store sees, below its root', async () => {
    const topo = new MemoryTopo();
    const { port, stop } = await serve(topo);
    const remote = new RemoteConn({ address: `127.0.0.1:${port}`, root: '/vitess/zone1' });
    const owner = topo.connect('vitess/zone1');
    await owner.create('tablets/zone1-0000000100/Tablet', bytes('1'));
    expect(await remote.list('')).toEqual([
      { path: 'tablets/zone1-0000000100/Tablet', ...(await owner.get('tablets/zone1-0000000100/Tablet')) },
    ]);
    const lock = await remote.lock('tablets', 'remote');
    await expect(owner.tryLock('tablets', 'owner')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await lock.unlock();
    await (await owner.tryLock('tablets', 'owner')).unlock();
    await remote.close();
    await stop();
  });

  it('lists more than fits into one message', async () => {
    const topo = new MemoryTopo();
    const { port, stop } = await serve(topo);
    const remote = new RemoteConn({ address: `127.0.0.1:${port}` });
    for (let i = 0; i < 10; i++) await topo.connect().create(`dir/${i}`, Buffer.alloc(3 * 1024 * 1024, i));
    const files = await remote.list('dir/');
    expect(files.map(({ contents }) => contents[1])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { initial } = await remote.watchRecursive('dir', AbortSignal.timeout(20_000));
    expect(initial).toHaveLength(10);
    await remote.close();
    await stop();
  });

  it('loses locks and watches with the server, and works again when it is back', async () => {
    const topo = new MemoryTopo();
    const first = await serve(topo);
    const remote = new RemoteConn({ address: `127.0.0.1:${first.port}` });
    await remote.create('a/file', bytes('1'));
    const lock = await remote.lock('a', 'remote');
    const { changes } = await remote.watch('a/file', new AbortController().signal);
    const next = expect(changes[Symbol.asyncIterator]().next()).rejects.toEqual(code(Code.UNAVAILABLE));
    const lost = new Promise((resolve) => lock.lost.addEventListener('abort', resolve));
    await first.stop();
    await next;
    await lost;
    await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await expect(remote.get('a/file')).rejects.toEqual(code(Code.UNAVAILABLE));

    const second = await serve(topo, first.port);
    const deadline = Date.now() + 10_000;
    for (;;) {
      const found = await remote.get('a/file').catch((error: { code: Code }) => error.code);
      if (typeof found === 'object') break;
      expect(found).toBe(Code.UNAVAILABLE);
      expect(Date.now()).toBeLessThan(deadline);
    }
    await (await remote.lock('a', 'remote again')).unlock();
    await remote.close();
    await second.stop();
  });

  it('keeps a lock for longer than its lease lasts', async () => {
    const { port, stop } = await serve(new MemoryTopo());
    const remote = new RemoteConn({ address: `127.0.0.1:${port}` });
    const lock = await remote.lockName('x', 'remote', { ttlMs: 1_000 });
    const waiting = remote.lockName('x', 'other', { signal: AbortSignal.timeout(1_600) });
    await expect(waiting).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    await lock.check();
    await lock.unlock();
    await remote.close();
    await stop();
  });

  it('does not keep a lock for a holder that falls silent', async () => {
    const { port, stop } = await serve(new MemoryTopo());
    const channel = createChannel(`127.0.0.1:${port}`);
    const request = { kind: LockRequest_Kind.NAME, path: 'x', contents: 'silent', ttlMs: 1_000n };
    const silent = serverStream(channel, TopoStoreService.lock, request, { timeoutMs: Infinity });
    const { event } = (await silent.next()).value as { event: { $case: string; value: string } };
    expect(event.$case).toBe('acquired');
    const remote = new RemoteConn({ address: `127.0.0.1:${port}` });
    await (await remote.lockName('x', 'other', { signal: AbortSignal.timeout(5_000) })).unlock();
    expect((await silent.next()).value).toMatchObject({ event: { $case: 'lost' } });
    await expect(unary(channel, TopoStoreService.renewLock, { lockId: event.value })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION),
    );
    await expect(unary(channel, TopoStoreService.unlock, { lockId: event.value })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION),
    );
    await remote.close();
    channel.close();
    await stop();
  });
});

describe('LeaseTable', () => {
  it('counts the time to live from the last renewal, and frees the lock though nobody reads why', async () => {
    const clock = new FakeClock();
    const leases = new LeaseTable(clock);
    let released = 0;
    const leased = { path: 'x', lost: new AbortController().signal, release: async () => void released++ };
    const holding = leases.hold(leased, 1_000, new AbortController().signal);
    const { acquired } = (await holding.next()).value as { acquired: string };
    for (let i = 0; i < 5; i++) {
      await clock.advance(900);
      leases.renew(acquired);
    }
    expect(released).toBe(0);
    await clock.advance(1_000);
    expect(released).toBe(1);
    expect(() => leases.renew(acquired)).toThrow('its lease is over');
    expect((await holding.next()).value).toEqual({ lost: 'it was not renewed for 1000 ms' });
    expect((await holding.next()).done).toBe(true);
    expect(released).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
