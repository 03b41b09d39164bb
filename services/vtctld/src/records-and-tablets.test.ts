import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Status } from '@vitess-ts/proto/replicationdata';
import { Permissions, TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { ShardReplicationError_Type, TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import { Code } from '@vitess-ts/vterrors';
import { startCluster, type TestCluster } from './testing/cluster.contract';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });

let cluster: TestCluster;
let call: TestCluster['call'];
let primary: TabletAlias;
let replica: TabletAlias;

beforeEach(async () => {
  cluster = await startCluster();
  ({ call } = cluster);
  await call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
  primary = (await cluster.addTablet('zone1', 100, '0', TabletType.PRIMARY)).alias as TabletAlias;
  replica = (await cluster.addTablet('zone2', 200, '0')).alias as TabletAlias;
  await cluster.topo.updateShardFields('ks', '0', (record) => void (record.primaryAlias = primary));
});
afterEach(() => cluster.close());

describe('records of a shard', () => {
  const shard = { keyspace: 'ks', shard: '0' };

  it('SetShardTabletControl adds to, and takes from, what is denied', async () => {
    const deny = { ...shard, tabletType: TabletType.REPLICA, cells: ['zone1'], deniedTables: ['b', 'a'] };
    await call('setShardTabletControl', deny);
    const more = { ...deny, cells: ['zone2'], deniedTables: ['c'] };
    expect((await call('setShardTabletControl', more)).shard?.tabletControls).toMatchObject([
      { tabletType: TabletType.REPLICA, cells: ['zone1', 'zone2'], deniedTables: ['a', 'b', 'c'] },
    ]);
    const remove = { ...shard, tabletType: TabletType.REPLICA, remove: true };
    const one = await call('setShardTabletControl', { ...remove, cells: ['zone1'] });
    expect(one.shard?.tabletControls).toMatchObject([{ cells: ['zone2'] }]);
    expect((await call('setShardTabletControl', remove)).shard?.tabletControls).toEqual([]);
    await expect(call('setShardTabletControl', shard)).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  });

  it('SourceShardAdd and SourceShardDelete go by uid', async () => {
    const source = { ...shard, uid: 1, sourceKeyspace: 'from', sourceShard: '0', tables: ['t'] };
    expect((await call('sourceShardAdd', source)).shard?.sourceShards).toMatchObject([
      { uid: 1, keyspace: 'from', shard: '0', tables: ['t'] },
    ]);
    await expect(call('sourceShardAdd', source)).rejects.toEqual(code(Code.ALREADY_EXISTS));
    expect((await call('sourceShardDelete', { ...shard, uid: 1 })).shard?.sourceShards).toEqual([]);
    await expect(call('sourceShardDelete', { ...shard, uid: 1 })).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('SetVtorcEmergencyReparent switches a keyspace or a shard', async () => {
    await call('setVtorcEmergencyReparent', { keyspace: 'ks', disable: true });
    await call('setVtorcEmergencyReparent', { ...shard, disable: true });
    expect((await cluster.topo.getKeyspace('ks')).vtorcState?.disableEmergencyReparent).toBe(true);
    expect((await cluster.topo.getShard('ks', '0')).vtorcState?.disableEmergencyReparent).toBe(true);
  });

  it('ShardReplicationFix takes out one wrong tablet at a time', async () => {
    const strange = { cell: 'zone1', uid: 999 };
    await call('shardReplicationAdd', { ...shard, tabletAlias: strange });
    const fix = { ...shard, cell: 'zone1' };
    expect(await call('shardReplicationFix', fix)).toEqual({
      error: { type: ShardReplicationError_Type.NOT_FOUND, tabletAlias: strange },
    });
    expect(await call('shardReplicationFix', fix)).toEqual({ error: undefined });
    await call('shardReplicationRemove', { ...shard, tabletAlias: primary });
    expect((await cluster.topo.getShardReplication('zone1', 'ks', '0')).nodes).toEqual([]);
  });

  it('RemoveShardCell and RemoveKeyspaceCell refuse what is in use', async () => {
    const cell = { keyspace: 'ks', shardName: '0', cell: 'zone2' };
    await expect(call('removeShardCell', cell)).rejects.toThrow(
      /still has tablets.*zone2-0000000200.*--recursive/,
    );
    await expect(call('removeShardCell', { ...cell, cell: 'zone1' })).rejects.toThrow(/has the primary/);
    await call('removeShardCell', { ...cell, recursive: true });
    await expect(cluster.topo.getTablet(replica)).rejects.toEqual(code(Code.NOT_FOUND));
    await call('rebuildKeyspaceGraph', { keyspace: 'ks' });
    await call('removeKeyspaceCell', { keyspace: 'ks', cell: 'zone2' });
    expect(await cluster.topo.getSrvKeyspaceNames('zone2')).toEqual([]);
    expect(await cluster.topo.getSrvKeyspaceNames('zone1')).toEqual(['ks']);
    await expect(call('removeKeyspaceCell', { keyspace: 'ks', cell: 'none' })).rejects.toEqual(
      code(Code.NOT_FOUND),
    );
  });

  it('UpdateThrottlerConfig changes the keyspace and what cells serve', async () => {
    await call('rebuildKeyspaceGraph', { keyspace: 'ks' });
    await call('updateThrottlerConfig', { keyspace: 'ks', enable: true, threshold: 2.5 });
    await call('updateThrottlerConfig', { keyspace: 'ks', metricName: 'loadavg', threshold: 7 });
    const wanted = { enabled: true, threshold: 2.5, metricThresholds: { loadavg: 7 } };
    expect((await cluster.topo.getKeyspace('ks')).throttlerConfig).toMatchObject(wanted);
    expect((await cluster.topo.getSrvKeyspace('zone1', 'ks')).throttlerConfig).toMatchObject(wanted);
    const both = { keyspace: 'ks', enable: true, disable: true };
    await expect(call('updateThrottlerConfig', both)).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  });
});

describe('one tablet', () => {
  it('is told to change tags, sleep and run hooks', async () => {
    cluster.tablets.answers.set('changeTags', { tags: { a: '1' } });
    expect(await call('changeTabletTags', { tabletAlias: primary, tags: { a: '1' } })).toEqual({
      beforeTags: {},
      afterTags: { a: '1' },
    });
    await call('sleepTablet', { tabletAlias: primary, duration: { seconds: 2n, nanos: 0 } });
    expect(cluster.tablets.of('sleep', ({ duration }: { duration: bigint }) => duration)).toEqual([
      'zone1-0000000100: 2000000000',
    ]);
    await expect(call('sleepTablet', { tabletAlias: primary })).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    const hook = { name: '../../bin/sh', parameters: [], extraEnv: {} };
    await expect(call('executeHook', { tabletAlias: primary, tabletHookRequest: hook })).rejects.toEqual(
      code(Code.INVALID_ARGUMENT),
    );
    const odd: Record<string, string>[] = [{ 'a b': '1' }, { '': '1' }, { a: '\n' }];
    for (const tags of odd) {
      await expect(call('changeTabletTags', { tabletAlias: primary, tags })).rejects.toEqual(
        code(Code.INVALID_ARGUMENT),
      );
    }
  });

  it('of a shard: positions, with those left out that do not answer', async () => {
    cluster.tablets.answers.set('replicationStatus', {
      status: Status.create({ position: 'MariaDB/0-1-4' }),
    });
    const both = await call('shardReplicationPositions', { keyspace: 'ks', shard: '0' });
    expect(both.replicationStatuses).toMatchObject({
      'zone1-0000000100': { position: 'MariaDB/0-1-5' },
      'zone2-0000000200': { position: 'MariaDB/0-1-4' },
    });
    cluster.tablets.failures.set('replicationStatus', new Error('away'));
    const one = await call('shardReplicationPositions', { keyspace: 'ks', shard: '0' });
    expect(Object.keys(one.replicationStatuses)).toEqual(['zone1-0000000100']);
    expect(Object.keys(one.tabletMap)).toHaveLength(2);
  });
});

describe('validation', () => {
  const tables = (...names: string[]) =>
    names.map((name) =>
      TableDefinition.create({ name, schema: `CREATE TABLE ${name} (id int)`, type: 'BASE TABLE' }),
    );

  it('of schemas names the tablet that differs, and tables without a vschema', async () => {
    cluster.tablets.tables.set('zone1-0000000100', tables('a', 'b'));
    cluster.tablets.tables.set('zone2-0000000200', tables('a'));
    const { results, resultsByShard } = await call('validateSchemaKeyspace', {
      keyspace: 'ks',
      includeVschema: true,
    });
    expect(results).toEqual([
      'zone1-0000000100 has an extra table named b that zone2-0000000200 lacks',
      expect.stringContaining('table a of shard 0 is not in the vschema'),
      expect.stringContaining('table b of shard 0'),
    ]);
    expect(resultsByShard['0'].results).toEqual(results);
    expect((await call('validateVSchema', { keyspace: 'ks' })).results).toEqual([
      expect.stringMatching(/ks\/0 has tables that are not in the vschema: \[a, b\]; add them with/),
    ]);
    await expect(call('validateVSchema', { keyspace: 'ks', shards: ['9'] })).rejects.toEqual(
      code(Code.NOT_FOUND),
    );
  });

  it('of permissions names the accounts that differ', async () => {
    const account = (user: string, privileges: Record<string, string>) =>
      Permissions.create({ userPermissions: [{ host: '%', user, passwordChecksum: 1n, privileges }] });
    cluster.tablets.answers.set('zone1-0000000100 getPermissions', {
      permissions: account('app', { select_priv: 'Y' }),
    });
    cluster.tablets.answers.set('zone2-0000000200 getPermissions', {
      permissions: account('app', { select_priv: 'Y' }),
    });
    await call('validatePermissionsKeyspace', { keyspace: 'ks' });
    cluster.tablets.answers.set('zone2-0000000200 getPermissions', { permissions: account('root', {}) });
    await expect(call('validatePermissionsKeyspace', { keyspace: 'ks' })).rejects.toThrow(
      /zone1-0000000100 has an extra user app@% that zone2-0000000200 lacks\n.*zone2-0000000200 has an extra user root@%/,
    );
  });

  it('of versions asks the tablets over HTTP', async () => {
    const servers: Server[] = [];
    const versions = ['1.2.3', '1.2.4'];
    for (const [i, alias] of [primary, replica].entries()) {
      const server = createServer((_, answer) => answer.end(JSON.stringify({ BuildVersion: versions[i] })));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await cluster.topo.updateTabletFields(alias, (record) => {
        record.hostname = '127.0.0.1';
        record.portMap.vt = port;
      });
    }
    try {
      expect(await call('getVersion', { tabletAlias: primary })).toEqual({ version: '1.2.3' });
      const different =
        'primary zone1-0000000100 version 1.2.3 is different than replica zone2-0000000200 version 1.2.4: ' +
        'upgrade the replicas first, then reparent to one';
      expect(await call('validateVersionShard', { keyspace: 'ks', shard: '0' })).toEqual({
        results: [different],
      });
      expect(await call('validateVersionKeyspace', { keyspace: 'ks' })).toEqual({
        results: [different],
        resultsByShard: { 0: { results: [different] } },
      });
    } finally {
      for (const server of servers) server.close();
    }
  });

  it('of a shard says how to mend what is wrong', async () => {
    await call('shardReplicationAdd', { keyspace: 'ks', shard: '0', tabletAlias: { cell: 'zone1', uid: 9 } });
    await cluster.topo.updateShardFields('ks', '0', (record) => void (record.primaryAlias = undefined));
    const { resultsByKeyspace } = await call('validate');
    expect(resultsByKeyspace.ks.resultsByShard['0'].results).toEqual([
      expect.stringContaining('give it one with PlannedReparentShard'),
      expect.stringContaining('claims to be primary'),
      expect.stringContaining('take it out with ShardReplicationFix'),
    ]);
  });
});

describe('CopySchemaShard', () => {
  it('makes what is missing, and refuses other tables of the same name', async () => {
    await call('createShard', { keyspace: 'to', shardName: '0', includeParent: true });
    const target = await cluster.addTablet('zone1', 300, '0', TabletType.PRIMARY);
    const alias = target.alias as TabletAlias;
    await cluster.topo.updateTabletFields(alias, (record) => void (record.keyspace = 'to'));
    await cluster.topo.updateShardFields('to', '0', (record) => void (record.primaryAlias = alias));
    const table = (name: string, schema: string) =>
      TableDefinition.create({ name, schema, type: 'BASE TABLE' });
    cluster.tablets.tables.set('zone1-0000000100', [table('a', 'A'), table('b', 'B')]);
    cluster.tablets.tables.set('zone1-0000000300', [table('a', 'A')]);
    const request = { sourceTabletAlias: primary, destinationKeyspace: 'to', destinationShard: '0' };
    await call('copySchemaShard', { ...request, skipVerify: true });
    const shown = ({ query }: { query: Buffer }): string => query.toString();
    expect(cluster.tablets.of('executeFetchAsDba', shown)).toEqual(['zone1-0000000300: B']);
    cluster.tablets.tables.set('zone1-0000000300', [table('a', 'OTHER')]);
    await expect(call('copySchemaShard', request)).rejects.toThrow(
      /nothing was copied.*schemas differ on table a/,
    );
  });
});
