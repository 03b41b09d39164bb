import { CellInfo, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { Code } from '@vitess-ts/vterrors';
import { openTopo } from './open';
import { defaultKeyspace } from './server/keyspace-records';
import { compareTopo, copyTopo } from './topo2topo';

test('a topology is copied whole, and compared record by record', async () => {
  const open = () => openTopo({ implementation: 'memory', address: '', root: '/vitess/global' });
  const [from, to] = [await open(), await open()];
  await from.topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
  await from.topo.createKeyspace('ks', defaultKeyspace());
  await from.topo.createShard('ks', '0');
  const alias = { cell: 'zone1', uid: 100 };
  await from.topo.createTablet(
    Tablet.create({ alias, keyspace: 'ks', shard: '0', type: TabletType.REPLICA }),
  );
  await expect(copyTopo(from.topo, to.topo)).rejects.toMatchObject({ code: Code.NOT_FOUND });

  await to.topo.createCellInfo('zone1', CellInfo.create({ root: '/elsewhere/zone1' }));
  expect(await compareTopo(from.topo, to.topo)).toContain(
    '/global/keyspaces/ks/Keyspace is in the first topology only',
  );
  // Keyspace, Shard; Tablet, ShardReplication.
  expect(await copyTopo(from.topo, to.topo)).toBe(4);
  expect(await compareTopo(from.topo, to.topo)).toEqual([]);
  expect(await to.topo.getTablet(alias)).toEqual(await from.topo.getTablet(alias));

  await to.topo.updateKeyspaceFields('ks', (record) => void (record.durabilityPolicy = 'semi_sync'));
  await to.topo.createKeyspace('more', defaultKeyspace());
  expect(await compareTopo(from.topo, to.topo)).toEqual([
    '/global/keyspaces/ks/Keyspace differs',
    '/global/keyspaces/more/Keyspace is in the second topology only',
  ]);
  await from.close();
  await to.close();
});
