import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { messageToJson } from '@vitess-ts/proto';
import { CellInfo, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { startEtcd, type TestEtcd } from '@vitess-ts/testkit';
import { openTopo } from '../open';
import { messageTypeOfPath } from '../server/layout';
import { defaultKeyspace } from '../server/keyspace-records';

const etcdctl = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  .map((dir) => join(dir, 'etcdctl'))
  .find((file) => existsSync(file));
if (etcdctl === undefined) {
  process.stderr.write('records are not read by etcdctl: there is none (apt-get install -y etcd-client)\n');
}

interface Listing {
  kvs: { key: string; value: string }[];
}

/** All keys below a prefix as etcd's own client prints them, with their bytes. */
async function listed(address: string, prefix: string): Promise<Map<string, Buffer>> {
  const args = ['--endpoints', address, 'get', '--prefix', prefix, '-w', 'json'];
  const env = { ...process.env, ETCDCTL_API: '3' };
  const { stdout } = await promisify(execFile)(etcdctl as string, args, { env });
  const { kvs } = JSON.parse(stdout) as Listing;
  return new Map(
    kvs.map(({ key, value }) => [Buffer.from(key, 'base64').toString(), Buffer.from(value ?? '', 'base64')]),
  );
}

(etcdctl === undefined ? describe.skip : describe)('records that etcdctl reads', () => {
  let etcd: TestEtcd;
  beforeAll(async () => void (etcd = await startEtcd()));
  afterAll(() => etcd?.stop());

  it('are the protobuf messages of the contracts, on their paths', async () => {
    const root = '/vitess/global';
    const { topo, close } = await openTopo({ implementation: 'etcd2', address: etcd.address, root });
    await topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
    await topo.createKeyspace('ks', { ...defaultKeyspace(), durabilityPolicy: 'semi_sync' });
    await topo.createShard('ks', '-80');
    const alias = { cell: 'zone1', uid: 100 };
    await topo.createTablet(
      Tablet.create({
        alias,
        hostname: 'host1',
        portMap: { grpc: 16100, vt: 15100 },
        keyspace: 'ks',
        shard: '-80',
        type: TabletType.REPLICA,
      }),
    );
    await topo.updateSrvVSchema('zone1', SrvVSchema.create({ keyspaces: { ks: { sharded: true } } }));
    await close();

    const decoded = [...(await listed(etcd.address, '/vitess/'))].map(([key, bytes]) => {
      const type = messageTypeOfPath(key.replace(/^\/vitess\/(global|zone1)\//, ''));
      return [key, type && messageToJson(type, bytes, { emitUnpopulated: false })];
    });
    expect(Object.fromEntries(decoded)).toMatchObject({
      '/vitess/global/cells/zone1/CellInfo': { root: '/vitess/zone1' },
      '/vitess/global/keyspaces/ks/Keyspace': { durability_policy: 'semi_sync', sidecar_db_name: '_vt' },
      '/vitess/global/keyspaces/ks/shards/-80/Shard': { key_range: { end: 'gA==' } },
      '/vitess/zone1/tablets/zone1-0000000100/Tablet': {
        alias: { cell: 'zone1', uid: 100 },
        hostname: 'host1',
        port_map: { grpc: 16100, vt: 15100 },
        keyspace: 'ks',
        shard: '-80',
        type: 'REPLICA',
      },
      '/vitess/zone1/keyspaces/ks/shards/-80/ShardReplication': { nodes: [{ tablet_alias: alias }] },
      '/vitess/zone1/SrvVSchema': { keyspaces: { ks: { sharded: true } } },
    });
  });
});
