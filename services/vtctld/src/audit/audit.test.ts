import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditService, type DryRunRequest, type GetAuditLogRequest } from '@vitess-ts/proto/vtaudit';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { createChannel, silentLogger, unary } from '@vitess-ts/servenv';
import { Code } from '@vitess-ts/vterrors';
import { startCluster, type TestCluster } from '../testing/cluster.contract';
import { AuditLog } from './audit-log';

let cluster: TestCluster;
let channel: ReturnType<typeof createChannel>;
beforeEach(async () => {
  cluster = await startCluster();
  channel = createChannel(`127.0.0.1:${cluster.vtctld.grpcPort}`);
});
afterEach(async () => {
  channel.close();
  await cluster.close();
});

const read = async (request: Partial<GetAuditLogRequest> = {}) =>
  (await unary(channel, AuditService.getAuditLog, { limit: 0, rpcs: [], beforeId: 0n, ...request })).records;

const dryRun = (rpc: string, request: Buffer) =>
  unary(channel, AuditService.dryRun, { rpc, request } satisfies DryRunRequest);

/** All records there are. */
async function dump(): Promise<string[]> {
  const conn = cluster.opened.embedded?.('');
  return ((await conn?.list('')) ?? []).map(({ path, version }) => `${path} ${version}`);
}

describe('the audit log', () => {
  it('tells who changed what: before and after', async () => {
    const { call } = cluster;
    await call('createKeyspace', { name: 'ks' });
    await call('getKeyspaces');
    await call('setKeyspaceDurabilityPolicy', { keyspace: 'ks', durabilityPolicy: 'semi_sync' });
    await call('deleteKeyspace', { keyspace: 'none' }).catch(() => undefined);
    const [failed, policy, created] = await read();
    expect(failed).toMatchObject({ id: 3n, rpc: 'DeleteKeyspace', changes: [] });
    expect(failed.error).toContain('none');
    expect(policy).toMatchObject({
      id: 2n,
      rpc: 'SetKeyspaceDurabilityPolicy',
      caller: expect.stringContaining('127.0.0.1'),
      error: '',
      changes: [
        {
          cell: 'global',
          path: 'keyspaces/ks/Keyspace',
          before: '{"durability_policy":"none","sidecar_db_name":"_vt"}',
          after: '{"durability_policy":"semi_sync","sidecar_db_name":"_vt"}',
        },
      ],
    });
    expect(created.changes.map(({ cell, path, before }) => `${cell} ${path} ${before}`)).toEqual([
      'global keyspaces/ks/Keyspace ',
      'global keyspaces/ks/VSchema ',
      'zone1 SrvVSchema ',
      'zone2 SrvVSchema ',
    ]);
    expect((await read({ limit: 1 })).map(({ id }) => id)).toEqual([3n]);
    expect((await read({ beforeId: 3n, rpcs: ['CreateKeyspace'] })).map(({ id }) => id)).toEqual([1n]);
  });

  it('tells which tablets were told', async () => {
    await cluster.call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
    const { alias } = await cluster.addTablet('zone1', 100, '0');
    await cluster.call('refreshState', { tabletAlias: alias });
    expect((await read({ limit: 1 }))[0].tabletCalls).toEqual([
      { tablet: 'zone1-0000000100', rpc: 'RefreshState' },
    ]);
  });

  it('is kept in a file, also for the next process', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vt-audit-'));
    const file = join(dir, 'audit.json');
    const record = {
      time: { seconds: 1n, nanoseconds: 0 },
      rpc: 'X',
      caller: 'me',
      request: '{}',
      tookMs: 1,
      error: '',
      changes: [],
      tabletCalls: [],
    };
    const first = new AuditLog(silentLogger, file);
    await first.load();
    first.add(record);
    first.add({ ...record, rpc: 'Y' });
    await first.close();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3);
    const second = new AuditLog(silentLogger, file);
    await second.load();
    second.add({ ...record, rpc: 'Z' });
    const all = second.read({ limit: 0, rpcs: [], beforeId: 0n });
    expect(all.map(({ id, rpc }) => `${id} ${rpc}`)).toEqual(['3 Z', '2 Y', '1 X']);
    await second.close();
    await rm(dir, { recursive: true });
  });
});

describe('a dry run', () => {
  it('changes nothing and tells what would be changed', async () => {
    const { call } = cluster;
    await call('createShard', { keyspace: 'ks', shardName: '-80', includeParent: true });
    await cluster.addTablet('zone1', 100, '-80');
    const before = await dump();
    const request = VtctldService.deleteKeyspace.requestSerialize({
      keyspace: 'ks',
      recursive: true,
      force: false,
    });
    const { changes } = await dryRun('DeleteKeyspace', request);
    expect(changes.map(({ cell, path, after }) => `${cell} ${path} ${after}`)).toEqual(
      expect.arrayContaining([
        'zone1 tablets/zone1-0000000100/Tablet ',
        'global keyspaces/ks/shards/-80/Shard ',
        'global keyspaces/ks/Keyspace ',
      ]),
    );
    expect(await dump()).toEqual(before);
    expect((await read()).map(({ rpc }) => rpc)).toEqual(['CreateShard']);
    await call('getKeyspace', { keyspace: 'ks' });
  });

  it('gives the error that the call would have', async () => {
    const request = VtctldService.deleteKeyspace.requestSerialize({
      keyspace: 'x',
      recursive: true,
      force: false,
    });
    await expect(dryRun('DeleteKeyspace', request)).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect(dryRun('NoSuchCall', request)).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });

  it('does not tell tablets to do anything', async () => {
    await cluster.call('createShard', { keyspace: 'ks', shardName: '0', includeParent: true });
    const { alias } = await cluster.addTablet('zone1', 100, '0');
    const asked = { tabletAlias: alias, writable: true };
    const { tabletCalls } = await dryRun('SetWritable', VtctldService.setWritable.requestSerialize(asked));
    expect(tabletCalls).toEqual([{ tablet: 'zone1-0000000100', rpc: 'SetReadWrite' }]);
    expect(cluster.tablets.calls).toEqual([]);
  });
});
