import { TabletType } from '@vitess-ts/proto/topodata';
import { Code } from '@vitess-ts/vterrors';
import { startCluster, type TestCluster } from './testing/cluster.contract';
import { gone } from './testing/fake-tablets.contract';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster();
  await cluster.call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
  await cluster.addTablet('zone1', 101, '0');
  await cluster.addTablet('zone1', 100, '0');
  await cluster.addTablet('zone2', 200, '0', TabletType.RDONLY);
});
afterEach(() => cluster.close());

const init = (request: object = {}) =>
  cluster.call('initShardPrimary', { keyspace: 'ks', shard: '0', ...request });
const code = (expected: Code, text = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(text) });

describe('InitShardPrimary', () => {
  it('makes the first replica primary and the others follow it', async () => {
    const { events } = await init();
    expect(events.map(({ value }) => value)).toEqual([
      'initializing primary zone1-0000000100 of shard ks/0',
      'primary zone1-0000000100 starts at MariaDB/0-1-5',
      'shard ks/0 has primary zone1-0000000100',
    ]);
    const order = cluster.tablets.calls.map(({ call }) => call);
    expect(order.slice(0, 4).sort()).toEqual([
      ...Array<string>(1).fill('initPrimary'),
      ...Array<string>(3).fill('resetReplication'),
    ]);
    expect(order[3]).toBe('initPrimary');
    expect(
      cluster.tablets.of('initReplica', (r: { replicationPosition: string }) => r.replicationPosition).sort(),
    ).toEqual(['zone1-0000000101: MariaDB/0-1-5', 'zone2-0000000200: MariaDB/0-1-5']);
    expect(cluster.tablets.of('populateReparentJournal')).toEqual(['zone1-0000000100: ']);

    const shard = await cluster.topo.getShard('ks', '0');
    const tablet = await cluster.topo.getTablet({ cell: 'zone1', uid: 100 });
    expect(shard.primaryAlias).toEqual({ cell: 'zone1', uid: 100 });
    expect(tablet.type).toBe(TabletType.PRIMARY);
    expect(shard.primaryTermStartTime).toEqual(tablet.primaryTermStartTime);
    expect(shard.primaryTermStartTime?.seconds).toBeGreaterThan(1_600_000_000n);
  });

  it('takes the term that the tablet itself has recorded', async () => {
    const start = { seconds: 1_700_000_000n, nanoseconds: 5 };
    cluster.tablets.onCall = async ({ call }, { alias }) => {
      if (call !== 'initPrimary') return;
      await cluster.topo.updateTabletFields(alias as NonNullable<typeof alias>, (record) => {
        record.type = TabletType.PRIMARY;
        record.primaryTermStartTime = start;
      });
    };
    await init({ primaryElectTabletAlias: { cell: 'zone1', uid: 101 } });
    const shard = await cluster.topo.getShard('ks', '0');
    expect(shard).toMatchObject({ primaryAlias: { uid: 101 }, primaryTermStartTime: start });
  });

  it('asks for semi-sync only where somebody acknowledges', async () => {
    const semiSync = (r: { semiSync: boolean }): boolean => r.semiSync;
    await cluster.call('setKeyspaceDurabilityPolicy', { keyspace: 'ks', durabilityPolicy: 'semi_sync' });
    await init();
    expect(cluster.tablets.of('initPrimary', semiSync)).toEqual(['zone1-0000000100: true']);
    expect(cluster.tablets.of('initReplica', semiSync).sort()).toEqual([
      'zone1-0000000101: true',
      'zone2-0000000200: false',
    ]);
    cluster.tablets.calls.length = 0;
    await cluster.call('setKeyspaceDurabilityPolicy', { keyspace: 'ks', durabilityPolicy: 'cross_cell' });
    await init({ force: true });
    expect(cluster.tablets.of('initPrimary', semiSync)).toEqual(['zone1-0000000100: false']);
  });

  it('refuses a shard that has a primary, unless forced', async () => {
    await init();
    cluster.tablets.calls.length = 0;
    await expect(init()).rejects.toEqual(code(Code.FAILED_PRECONDITION, 'has a primary, zone1-0000000100'));
    expect(cluster.tablets.calls).toEqual([]);
    await init({ force: true, primaryElectTabletAlias: { cell: 'zone1', uid: 101 } });
    expect((await cluster.topo.getShard('ks', '0')).primaryAlias?.uid).toBe(101);
  });

  it('refuses a tablet that cannot be primary', async () => {
    await expect(init({ primaryElectTabletAlias: { cell: 'zone2', uid: 200 } })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION, 'zone2-0000000200 is no replica'),
    );
    await expect(init({ primaryElectTabletAlias: { cell: 'zone1', uid: 9 } })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION),
    );
  });

  it('promotes nobody when a tablet cannot be reset', async () => {
    cluster.tablets.failures.set('zone2-0000000200 resetReplication', gone());
    await expect(init()).rejects.toEqual(
      code(Code.UNAVAILABLE, 'tablet zone2-0000000200: connection refused'),
    );
    expect(cluster.tablets.of('initPrimary')).toEqual([]);
    expect((await cluster.topo.getShard('ks', '0')).primaryAlias).toBeUndefined();
  });

  it('records the primary, and says so, when a replica does not follow', async () => {
    cluster.tablets.failures.set('zone1-0000000101 initReplica', gone());
    await expect(init()).rejects.toEqual(
      code(Code.UNAVAILABLE, 'initialization failed on tablet zone1-0000000101'),
    );
    expect((await cluster.topo.getShard('ks', '0')).primaryAlias?.uid).toBe(100);
  });

  it('waits for whoever else works on the shard', async () => {
    const lock = await cluster.topo.lockShard('ks', '0', 'test');
    const waiting = init();
    const deadline = Date.now() + 5_000;
    while (!cluster.logged.some(({ fields }) => fields.rpc === 'initShardPrimary')) {
      expect(Date.now()).toBeLessThan(deadline);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(cluster.tablets.calls).toEqual([]);
    await lock.unlock();
    await waiting;
  });
});
