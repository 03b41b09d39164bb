import { KeyspaceType, TabletType } from '@vitess-ts/proto/topodata';
import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { Code } from '@vitess-ts/vterrors';
import { RemoteConn } from '@vitess-ts/topo';
import { startCluster, type TestCluster } from './testing/cluster.contract';
import { gone } from './testing/fake-tablets.contract';

let cluster: TestCluster;
beforeEach(async () => void (cluster = await startCluster()));
afterEach(() => cluster.close());

const call: TestCluster['call'] = (...args) => cluster.call(...args);
const code = (expected: Code, text = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(text) });
const shard = (name: string) => ({ keyspace: 'ks', name, shard: undefined });

describe('cells', () => {
  it('are added, read, changed and deleted', async () => {
    await call('addCellInfo', { name: 'zone3', cellInfo: { serverAddress: '', root: '/vitess/zone3' } });
    expect(await call('getCellInfoNames')).toEqual({ names: ['zone1', 'zone2', 'zone3'] });
    const updated = await call('updateCellInfo', {
      name: 'zone3',
      cellInfo: { serverAddress: '', root: '/z3' },
    });
    expect(updated.cellInfo).toEqual({ serverAddress: '', root: '/z3' });
    expect(await call('getCellInfo', { cell: 'zone3' })).toEqual({
      cellInfo: { serverAddress: '', root: '/z3' },
    });
    await call('addCellsAlias', { name: 'west', cells: ['zone1', 'zone3'] });
    expect(await call('getCellsAliases')).toEqual({ aliases: { west: { cells: ['zone1', 'zone3'] } } });
    await call('deleteCellInfo', { name: 'zone3' });
    await expect(call('getCellInfo', { cell: 'zone3' })).rejects.toEqual(code(Code.NOT_FOUND));
  });
});

describe('keyspaces', () => {
  it('are created with defaults, an empty vschema, and in the serving vschema', async () => {
    const { keyspace } = await call('createKeyspace', { name: 'ks' });
    expect(keyspace).toMatchObject({
      name: 'ks',
      keyspace: { durabilityPolicy: 'none', sidecarDbName: '_vt' },
    });
    expect(await call('getKeyspaces')).toEqual({ keyspaces: [keyspace] });
    expect(await call('getKeyspace', { keyspace: 'ks' })).toEqual({ keyspace });
    expect(await call('getVSchema', { keyspace: 'ks' })).toEqual({ vSchema: VSchema.create() });
    expect(Object.keys((await call('getSrvVSchema', { cell: 'zone1' })).srvVSchema?.keyspaces ?? {})).toEqual(
      ['ks'],
    );
  });

  it('are created once, unless forced, and with a policy that exists', async () => {
    await call('createKeyspace', { name: 'ks' });
    await expect(call('createKeyspace', { name: 'ks' })).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await call('createKeyspace', { name: 'ks', force: true });
    await expect(call('createKeyspace', { name: 'x', durabilityPolicy: 'best' })).rejects.toEqual(
      code(Code.INVALID_ARGUMENT, 'semi_sync'),
    );
    await expect(call('getKeyspace', { keyspace: 'x' })).rejects.toEqual(code(Code.NOT_FOUND, 'keyspace x'));
  });

  it('as snapshots have the vschema of their base, for explicit use only', async () => {
    await call('createKeyspace', { name: 'ks' });
    await cluster.topo.saveVSchema('ks', VSchema.create({ sharded: true }));
    await call('createKeyspace', {
      name: 'snap',
      type: KeyspaceType.SNAPSHOT,
      baseKeyspace: 'ks',
      snapshotTime: { seconds: 1n, nanoseconds: 0 },
    });
    const { vSchema } = await call('getVSchema', { keyspace: 'snap' });
    expect(vSchema).toMatchObject({ sharded: true, requireExplicitRouting: true });
  });

  it('are deleted with their shards and tablets only when that is said', async () => {
    await call('createKeyspace', { name: 'ks' });
    await call('createShard', { keyspace: 'ks', shardName: '0' });
    await cluster.addTablet('zone1', 100, '0');
    await call('rebuildKeyspaceGraph', { keyspace: 'ks' });
    await expect(call('deleteKeyspace', { keyspace: 'ks' })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION, 'still has 1 shards'),
    );
    await call('deleteKeyspace', { keyspace: 'ks', recursive: true });
    expect(await call('getKeyspaces')).toEqual({ keyspaces: [] });
    expect(await call('getTablets')).toEqual({ tablets: [] });
    expect(await call('getSrvKeyspaces', { keyspace: 'ks' })).toEqual({ srvKeyspaces: {} });
    const rest = (cluster.opened.embedded as (root: string) => import('@vitess-ts/topo').Conn)('');
    const paths = (await rest.list('')).map(({ path }) => path).filter((path) => path.includes('ks'));
    expect(paths).toEqual([]);
    await rest.close();
  });
});

describe('shards', () => {
  it('are created, with their keyspace if asked, and found', async () => {
    const created = await call('createShard', { keyspace: 'ks', shardName: '-80', includeParent: true });
    expect(created).toMatchObject({
      shardAlreadyExists: false,
      keyspace: { name: 'ks' },
      shard: { keyspace: 'ks', name: '-80', shard: { isPrimaryServing: true } },
    });
    await expect(call('createShard', { keyspace: 'ks', shardName: '-80' })).rejects.toEqual(
      code(Code.ALREADY_EXISTS),
    );
    expect(await call('createShard', { keyspace: 'ks', shardName: '-80', force: true })).toMatchObject({
      shardAlreadyExists: true,
    });
    await call('createShard', { keyspace: 'ks', shardName: '80-' });
    const { shards } = await call('findAllShardsInKeyspace', { keyspace: 'ks' });
    expect(Object.keys(shards)).toEqual(['-80', '80-']);
    expect(await call('getShard', { keyspace: 'ks', shardName: '-80' })).toEqual({ shard: shards['-80'] });
    await expect(call('getShard', { keyspace: 'ks', shardName: '0' })).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(call('createShard', { keyspace: 'ks', shardName: 'a-' })).rejects.toEqual(
      code(Code.INVALID_ARGUMENT),
    );
  });

  it('are deleted only when nobody needs them, or that is said', async () => {
    await call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
    await cluster.addTablet('zone1', 100, '0');
    await expect(call('deleteShards', { shards: [shard('0')] })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION, 'still has 1 tablets'),
    );
    await call('rebuildKeyspaceGraph', { keyspace: 'ks' });
    await expect(call('deleteShards', { shards: [shard('0')], recursive: true })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION, 'still serving in zone1, zone2'),
    );
    await call('deleteShards', { shards: [shard('0')], recursive: true, evenIfServing: true });
    await expect(call('deleteShards', { shards: [shard('0')] })).rejects.toEqual(code(Code.NOT_FOUND));
    await call('deleteShards', { shards: [shard('0')], force: true });
  });
});

describe('tablets', () => {
  beforeEach(() => call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true }));

  it('are listed by what is asked for', async () => {
    await call('createShard', { keyspace: 'ks', shardName: '1' });
    const [a, b, c] = [
      await cluster.addTablet('zone1', 100, '0'),
      await cluster.addTablet('zone2', 200, '0', TabletType.RDONLY),
      await cluster.addTablet('zone1', 101, '1'),
    ];
    expect(await call('getTablets')).toEqual({ tablets: [a, c, b] });
    expect(await call('getTablets', { keyspace: 'ks', shard: '0' })).toEqual({ tablets: [a, b] });
    expect(await call('getTablets', { cells: ['zone2'] })).toEqual({ tablets: [b] });
    expect(await call('getTablets', { tabletType: TabletType.RDONLY })).toEqual({ tablets: [b] });
    const aliases = [
      { cell: 'zone1', uid: 101 },
      { cell: 'zone1', uid: 9 },
    ];
    expect(await call('getTablets', { tabletAliases: aliases })).toEqual({ tablets: [c] });
    await expect(call('getTablets', { tabletAliases: aliases, strict: true })).rejects.toEqual(
      code(Code.NOT_FOUND, 'zone1-0000000009'),
    );
    await expect(call('getTablets', { shard: '0' })).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  });

  it('that were primary before the present one are shown as unknown', async () => {
    for (const [uid, seconds] of [
      [100, 5n],
      [101, 9n],
    ] as const) {
      const { alias } = await cluster.addTablet('zone1', uid, '0', TabletType.PRIMARY);
      await cluster.topo.updateTabletFields(alias as NonNullable<typeof alias>, (tablet) => {
        tablet.primaryTermStartTime = { seconds, nanoseconds: 0 };
      });
    }
    const { tablets } = await call('getTablets', { keyspace: 'ks', shard: '0' });
    expect(tablets.map(({ type }) => type)).toEqual([TabletType.UNKNOWN, TabletType.PRIMARY]);
  });

  it('are pinged, refreshed and health-checked', async () => {
    const { alias: tabletAlias } = await cluster.addTablet('zone1', 100, '0');
    await call('pingTablet', { tabletAlias });
    await call('refreshState', { tabletAlias });
    await call('runHealthCheck', { tabletAlias });
    expect(cluster.tablets.calls.map((one) => one.call)).toEqual(['ping', 'refreshState', 'runHealthCheck']);
    cluster.tablets.failures.set('ping', gone());
    await expect(call('pingTablet', { tabletAlias })).rejects.toEqual(
      code(Code.UNAVAILABLE, 'connection refused'),
    );
    await expect(call('pingTablet', {})).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  });

  it('of a shard are refreshed together, and those that fail are named', async () => {
    await cluster.addTablet('zone1', 100, '0');
    await cluster.addTablet('zone2', 200, '0');
    cluster.tablets.failures.set('zone2-0000000200 refreshState', gone());
    expect(await call('refreshStateByShard', { keyspace: 'ks', shard: '0' })).toEqual({
      isPartialRefresh: true,
      partialRefreshDetails: 'zone2-0000000200: connection refused',
    });
    expect(await call('refreshStateByShard', { keyspace: 'ks', shard: '0', cells: ['zone1'] })).toEqual({
      isPartialRefresh: false,
      partialRefreshDetails: '',
    });
  });

  it('that are primary are deleted only when that is said', async () => {
    const { alias } = await cluster.addTablet('zone1', 100, '0', TabletType.PRIMARY);
    await cluster.topo.updateShardFields('ks', '0', (record) => void (record.primaryAlias = alias));
    const tabletAliases = [alias as NonNullable<typeof alias>];
    await expect(call('deleteTablets', { tabletAliases })).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await call('deleteTablets', { tabletAliases, allowPrimary: true });
    expect((await cluster.topo.getShard('ks', '0')).primaryAlias).toBeUndefined();
    expect(await call('getTablets')).toEqual({ tablets: [] });
  });

  it('change their type, with semi-sync as the durability policy says', async () => {
    const primary = await cluster.addTablet('zone1', 100, '0', TabletType.PRIMARY);
    await cluster.topo.updateShardFields('ks', '0', (record) => void (record.primaryAlias = primary.alias));
    await call('setKeyspaceDurabilityPolicy', { keyspace: 'ks', durabilityPolicy: 'semi_sync' });
    const { alias: tabletAlias } = await cluster.addTablet('zone1', 101, '0');
    const dry = await call('changeTabletType', { tabletAlias, dbType: TabletType.DRAINED, dryRun: true });
    expect(dry).toMatchObject({ wasDryRun: true, afterTablet: { type: TabletType.DRAINED } });
    expect(cluster.tablets.calls).toEqual([]);
    await call('changeTabletType', { tabletAlias, dbType: TabletType.RDONLY });
    await call('changeTabletType', { tabletAlias, dbType: TabletType.REPLICA });
    expect(cluster.tablets.calls.map(({ request }) => request)).toEqual([
      { tabletType: TabletType.RDONLY, semiSync: false },
      { tabletType: TabletType.REPLICA, semiSync: true },
    ]);
    await expect(
      call('changeTabletType', { tabletAlias: primary.alias, dbType: TabletType.REPLICA }),
    ).rejects.toEqual(code(Code.INVALID_ARGUMENT, 'PRIMARY -> REPLICA'));
  });
});

describe('topology paths', () => {
  it('are listed and their records shown as JSON', async () => {
    await call('createKeyspace', { name: 'ks' });
    expect(await call('getTopologyPath', { path: '/' })).toMatchObject({
      cell: { name: '', path: '/', children: ['global', 'zone1', 'zone2'] },
    });
    expect(await call('getTopologyPath', { path: '/global/keyspaces/ks' })).toMatchObject({
      cell: { name: 'ks', children: ['Keyspace', 'VSchema'] },
    });
    const { cell } = await call('getTopologyPath', { path: '/global/keyspaces/ks/Keyspace' });
    expect(JSON.parse(cell?.data ?? '')).toEqual({ durability_policy: 'none', sidecar_db_name: '_vt' });
    await expect(call('getTopologyPath', { path: '/global/none' })).rejects.toEqual(code(Code.NOT_FOUND));
  });
});

describe('validation', () => {
  it('names what does not fit', async () => {
    await call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
    expect(await call('validateShard', { keyspace: 'ks', shard: '0' })).toEqual({
      results: [expect.stringContaining('shard ks/0 has no primary')],
    });
    const { alias } = await cluster.addTablet('zone1', 100, '0', TabletType.PRIMARY);
    await cluster.topo.updateShardFields('ks', '0', (record) => void (record.primaryAlias = alias));
    expect(await call('validate', { pingTablets: true })).toEqual({
      results: [],
      resultsByKeyspace: { ks: { results: [], resultsByShard: { '0': { results: [] } } } },
    });
    cluster.tablets.failures.set('ping', gone());
    await cluster.topo.deleteShardReplication('zone1', 'ks', '0');
    const { resultsByShard } = await call('validateKeyspace', { keyspace: 'ks', pingTablets: true });
    expect(resultsByShard['0'].results).toEqual([
      expect.stringContaining('tablet zone1-0000000100 is not in the ShardReplication of cell zone1'),
      expect.stringContaining('tablet zone1-0000000100 does not answer: connection refused'),
    ]);
  });
});

describe('the server', () => {
  it('says of RPCs that it lacks which they are', async () => {
    await expect(call('moveTablesComplete')).rejects.toEqual(code(Code.UNIMPLEMENTED, 'MoveTablesComplete'));
  });

  it('serves its embedded topology to other processes', async () => {
    const remote = new RemoteConn({
      address: `127.0.0.1:${cluster.vtctld.grpcPort}`,
      root: '/vitess/global',
    });
    await call('createKeyspace', { name: 'ks' });
    expect((await remote.listDir('keyspaces', false)).map(({ name }) => name)).toEqual(['ks']);
    await remote.close();
  });

  it('logs who changed what, and not who only looked', async () => {
    await call('createKeyspace', { name: 'ks' });
    await call('getKeyspaces');
    await call('createKeyspace', { name: 'ks' }).catch(() => undefined);
    const audit = cluster.logged.filter(({ msg }) => msg.startsWith('audit'));
    expect(audit.map(({ msg, fields }) => `${msg} ${String(fields.rpc)}`)).toEqual([
      'audit: begin createKeyspace',
      'audit: done createKeyspace',
      'audit: begin createKeyspace',
      'audit: failed createKeyspace',
    ]);
    expect(audit[0].fields).toMatchObject({
      caller: expect.stringContaining('127.0.0.1'),
      request: expect.stringContaining('"name":"ks"'),
    });
  });

  it('shows health, status and the API over HTTP', async () => {
    await call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
    await cluster.addTablet('zone1', 100, '0');
    const get = async (path: string) => fetch(`http://127.0.0.1:${cluster.vtctld.httpPort}${path}`);
    expect((await get('/debug/health')).status).toBe(200);
    expect(await (await get('/debug/status')).text()).toContain('Topology');
    expect(await (await get('/api/keyspaces')).json()).toEqual(['ks']);
    expect(await (await get('/api/shards/ks')).json()).toEqual(['0']);
    expect(await (await get('/api/keyspace/ks/tablets')).json()).toMatchObject([{ hostname: 'localhost' }]);
    expect((await get('/api/shards/none')).status).toBe(404);
  });
});
