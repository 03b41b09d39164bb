import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CellInfo, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { startEtcd, type TestEtcd } from '@vitess-ts/testkit';
import { Code } from '@vitess-ts/vterrors';
import { openTopo } from '../open';
import { defaultKeyspace } from '../server/keyspace-records';
import { EtcdConn } from './etcd-conn';
import {
  strangerCertificate as strangerCert,
  testCertificate as cert,
  testKey as key,
} from '../testing/certificates.contract';
import { EtcdGateway } from './testing.contract';

const root = '/vitess/global';

describe('openTopo with etcd2', () => {
  let etcd: TestEtcd;
  beforeEach(async () => void (etcd = await startEtcd()));
  afterEach(() => etcd?.stop());

  it('keeps records where Vitess looks for them', async () => {
    const options = { implementation: 'etcd2', address: etcd.address, root };
    const [one, two] = [await openTopo(options), await openTopo(options)];
    await one.topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
    await one.topo.createKeyspace('ks', defaultKeyspace());
    await two.topo.createShard('ks', '-80');
    const alias = { cell: 'zone1', uid: 100 };
    const tablet = Tablet.create({ alias, keyspace: 'ks', shard: '-80', type: TabletType.REPLICA });
    await one.topo.createTablet(tablet);
    await two.topo.updateSrvVSchema('zone1', SrvVSchema.create());
    const keys = (await new EtcdGateway(etcd.address).keys('/vitess/')).map((kv) => kv.key);
    expect(keys).toEqual([
      '/vitess/global/cells/zone1/CellInfo',
      '/vitess/global/keyspaces/ks/Keyspace',
      '/vitess/global/keyspaces/ks/shards/-80/Shard',
      '/vitess/zone1/SrvVSchema',
      '/vitess/zone1/keyspaces/ks/shards/-80/ShardReplication',
      '/vitess/zone1/tablets/zone1-0000000100/Tablet',
    ]);
    expect((await two.topo.getTablet(alias)).keyspace).toBe('ks');

    const lock = await one.topo.lockShard('ks', '-80', 'test');
    await expect(two.topo.tryLockShard('ks', '-80', 'test')).rejects.toMatchObject({
      code: Code.ALREADY_EXISTS,
    });
    expect(await two.topo.getShardNames('ks')).toEqual(['-80']);
    // Deleted under its lock, a shard is gone although the queue of the lock is still there.
    await one.topo.global.delete('keyspaces/ks/shards/-80/Shard', null);
    expect(await two.topo.getShardNames('ks')).toEqual([]);
    await lock.unlock();
    await one.close();
    await two.close();
  });

  it('reaches the cells that have servers of their own, and goes on without them', async () => {
    const away = await startEtcd();
    try {
      const { topo, close } = await openTopo({ implementation: 'etcd2', address: etcd.address, root });
      await topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
      await topo.createCellInfo(
        'zone2',
        CellInfo.create({ serverAddress: away.address, root: '/vitess/zone2' }),
      );
      for (const cell of ['zone1', 'zone2']) await topo.updateSrvVSchema(cell, SrvVSchema.create());
      expect(await new EtcdGateway(away.address).keys('/')).toMatchObject([
        { key: '/vitess/zone2/SrvVSchema' },
      ]);
      await away.kill();
      await expect(topo.getSrvVSchema('zone2')).rejects.toMatchObject({ code: Code.UNAVAILABLE });
      expect(await topo.getSrvVSchema('zone1')).toEqual(SrvVSchema.create());
      await close();
    } finally {
      await away.stop();
    }
  });
});

describe('TLS', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vt-etcd-tls-'));
    await Promise.all(
      Object.entries({ key, cert, strangerCert }).map(([name, text]) => writeFile(join(dir, name), text)),
    );
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const files = (ca: string, own: boolean): Record<string, string> => ({
    topoEtcdTlsCa: join(dir, ca),
    topoEtcdTlsCert: own ? join(dir, 'cert') : '',
    topoEtcdTlsKey: own ? join(dir, 'key') : '',
  });

  it('accepts the right authority and shows our certificate, refuses a wrong one', async () => {
    const pem = { ca: join(dir, 'cert'), cert: join(dir, 'cert'), key: join(dir, 'key') };
    const etcd = await startEtcd({ tls: pem });
    const address = etcd.address.replace('127.0.0.1', 'localhost');
    const open = (etcdTls?: Record<string, string>) =>
      openTopo({ implementation: 'etcd2', address, root, etcdTls: etcdTls as never });
    try {
      const right = await open(files('cert', true));
      await right.topo.createKeyspace('ks', defaultKeyspace());
      expect(await right.topo.getKeyspaces()).toEqual(['ks']);
      await right.close();
      for (const wrong of [files('strangerCert', true), files('cert', false), undefined]) {
        const { topo, close } = await open(wrong);
        await expect(topo.getKeyspaces()).rejects.toMatchObject({ code: Code.UNAVAILABLE });
        await close();
      }
    } finally {
      await etcd.stop();
    }
  });

  it.each([
    [
      'a file that is not there',
      { topoEtcdTlsCa: '/none', topoEtcdTlsCert: '', topoEtcdTlsKey: '' },
      '/none',
    ],
    [
      'a certificate without its key',
      { topoEtcdTlsCa: '/a', topoEtcdTlsCert: '/b', topoEtcdTlsKey: '' },
      'tls-key',
    ],
    ['no authority', { topoEtcdTlsCa: '', topoEtcdTlsCert: '/b', topoEtcdTlsKey: '/c' }, 'tls-ca'],
  ])('refuses %s', async (_what, etcdTls, message) => {
    const opening = openTopo({ implementation: 'etcd2', address: '127.0.0.1:1', root, etcdTls });
    await expect(opening).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
  });

  it('refuses what is no certificate', async () => {
    const opening = EtcdConn.open({
      address: '127.0.0.1:1',
      tls: { ca: Buffer.from('x'), key: Buffer.from('x') },
    });
    await expect(opening).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });
});
