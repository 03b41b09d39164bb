import { topoContract } from './contract/conn.contract';
import { MemoryTopo } from './memory';

topoContract('memory', async () => {
  const topo = new MemoryTopo();
  return { connect: () => topo.connect('vitess/global'), close: async () => undefined };
});

describe('MemoryTopo', () => {
  it('keeps roots apart', async () => {
    const topo = new MemoryTopo();
    const global = topo.connect('/vitess/global');
    const zone1 = topo.connect('/vitess/zone1');
    await global.create('a/file', Buffer.from('global'));
    await zone1.create('a/file', Buffer.from('zone1'));
    expect((await global.get('a/file')).contents.toString()).toBe('global');
    const lock = await global.lock('a', 'global');
    await (await zone1.tryLock('a', 'zone1')).unlock();
    await lock.unlock();
    const all = await topo.connect().list('');
    expect(all.map(({ path }) => path)).toEqual(['vitess/global/a/file', 'vitess/zone1/a/file']);
  });

  it('cuts off a watcher that does not read', async () => {
    const conn = new MemoryTopo().connect();
    await conn.create('file', Buffer.from('x'));
    const { changes } = await conn.watch('file', new AbortController().signal);
    for (let i = 0; i <= 10_000; i++) await conn.update('file', Buffer.from('x'), null);
    await expect(changes[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      message: expect.stringContaining('events behind'),
    });
  });
});
