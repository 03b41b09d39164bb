import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CellInfo } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { TopoStoreService } from '@vitess-ts/proto/vttopo';
import { GrpcServer, silentLogger } from '@vitess-ts/servenv';
import { Code } from '@vitess-ts/vterrors';
import { openTopo, type OpenedTopo } from './open';
import { topoStoreHandlers } from './remote/store-service';
import { defaultKeyspace } from './server/keyspace-records';

const root = '/vitess/global';

describe('openTopo', () => {
  it('opens the file of one process for another through its server', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vttopo-'));
    const owner = await openTopo({ implementation: 'file', address: dir, root });
    const conn = (owner as Required<OpenedTopo>).embedded('');
    const server = new GrpcServer({ host: '127.0.0.1', port: 0, log: silentLogger });
    server.handle(TopoStoreService, topoStoreHandlers(conn));
    const port = await server.start();
    const other = await openTopo({ implementation: 'remote', address: `127.0.0.1:${port}`, root });

    await owner.topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
    await other.topo.createKeyspace('ks', defaultKeyspace());
    await other.topo.createShard('ks', '0');
    await other.topo.updateSrvVSchema('zone1', { ...SrvVSchema.create(), routingRules: { rules: [] } });
    expect(await owner.topo.getKeyspaces()).toEqual(['ks']);
    expect(await owner.topo.getSrvVSchema('zone1')).toEqual(await other.topo.getSrvVSchema('zone1'));
    const lock = await other.topo.lockShard('ks', '0', 'test');
    await expect(owner.topo.tryLockShard('ks', '0', 'test')).rejects.toMatchObject({
      code: Code.ALREADY_EXISTS,
    });
    await lock.unlock();

    await other.close();
    await conn.close();
    await server.stop(100);
    await owner.close();
    await rm(dir, { recursive: true });
  });

  it.each([
    ['etcd2', Code.INVALID_ARGUMENT],
    ['zk2', Code.INVALID_ARGUMENT],
    ['consul', Code.UNIMPLEMENTED],
    ['raft', Code.INVALID_ARGUMENT],
    ['file', Code.INVALID_ARGUMENT],
    ['remote', Code.INVALID_ARGUMENT],
  ])('says what it needs for %s', async (implementation, code) => {
    const opening = openTopo({ implementation, address: '', root });
    await expect(opening).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`"${implementation}"`),
    });
  });
});
