import { CellInfo, Keyspace, Shard, SrvKeyspace, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { Code } from '@vitess-ts/vterrors';
import { MemoryTopo } from '../memory';
import { rebuildKeyspaceGraph, rebuildVSchemaGraph } from '../rebuild';
import { defaultKeyspace } from './keyspace-records';
import { PartialTabletsError } from './tablet-records';
import { TopoServer } from './topo-server';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });

let memory: MemoryTopo;
let topo: TopoServer;

beforeEach(async () => {
  memory = new MemoryTopo();
  topo = new TopoServer(memory.connect('vitess/global'), async (_cell, _address, root) =>
    memory.connect(root),
  );
  await topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
  await topo.createCellInfo('zone2', CellInfo.create({ root: '/vitess/zone2' }));
  await topo.createKeyspace('ks', defaultKeyspace());
});

afterEach(() => topo.close());

const tablet = (cell: string, uid: number, shard = '0', type = TabletType.REPLICA): Tablet =>
  Tablet.create({ alias: { cell, uid }, hostname: 'localhost', keyspace: 'ks', shard, type });

/** Paths of all files of the store. */
async function paths(): Promise<string[]> {
  return (await memory.connect().list('')).map(({ path }) => path);
}

describe('layout', () => {
  it('is that of Vitess', async () => {
    await topo.createShard('ks', '0');
    await topo.createTablet(tablet('zone1', 100));
    await topo.saveVSchema('ks', VSchema.create({ sharded: false }));
    await topo.createCellsAlias('west', { cells: ['zone1', 'zone2'] });
    await topo.saveRoutingRules({ rules: [{ fromTable: 'a', toTables: ['ks.a'] }] });
    await topo.saveShardRoutingRules({ rules: [] });
    await topo.saveKeyspaceRoutingRules({ rules: [] });
    await topo.saveMirrorRules({ rules: [] });
    await rebuildKeyspaceGraph(topo, 'ks', { cells: ['zone1'] });
    await rebuildVSchemaGraph(topo, { cells: ['zone1'] });
    expect(await paths()).toEqual([
      'vitess/global/MirrorRules',
      'vitess/global/RoutingRules',
      'vitess/global/ShardRoutingRules',
      'vitess/global/cells/zone1/CellInfo',
      'vitess/global/cells/zone2/CellInfo',
      'vitess/global/cells_aliases/west/CellsAlias',
      'vitess/global/keyspaces/ks/Keyspace',
      'vitess/global/keyspaces/ks/VSchema',
      'vitess/global/keyspaces/ks/shards/0/Shard',
      'vitess/global/routing_rules/keyspace/Rules',
      'vitess/zone1/SrvVSchema',
      'vitess/zone1/keyspaces/ks/SrvKeyspace',
      'vitess/zone1/keyspaces/ks/shards/0/ShardReplication',
      'vitess/zone1/tablets/zone1-0000000100/Tablet',
    ]);
    const stored = await memory.connect('vitess/zone1').get('tablets/zone1-0000000100/Tablet');
    expect(Tablet.decode(stored.contents)).toEqual(tablet('zone1', 100));
  });
});

describe('cells', () => {
  it('refuses a second record, a reserved name, and to delete a cell in use', async () => {
    await expect(topo.createCellInfo('zone1', CellInfo.create())).rejects.toEqual(code(Code.ALREADY_EXISTS));
    for (const name of ['global', '', 'a/b', '..', '__proto__']) {
      await expect(topo.createCellInfo(name, CellInfo.create())).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    }
    await topo.createTablet(tablet('zone1', 100));
    await expect(topo.deleteCellInfo('zone1', false)).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await topo.deleteCellInfo('zone2', false);
    expect(await topo.getCellInfoNames()).toEqual(['zone1']);
    await expect(topo.getTabletsByCell('zone2')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('expands aliases, and lets a cell be in one only', async () => {
    await topo.createCellsAlias('west', { cells: ['zone1', 'zone2'] });
    expect(await topo.expandCells(['west', 'zone1'])).toEqual(['zone1', 'zone2']);
    expect(await topo.expandCells([])).toEqual(['zone1', 'zone2']);
    expect(await topo.getAliasOfCell('zone2')).toBe('west');
    expect(await topo.getAliasOfCell('zone3')).toBe('zone3');
    await expect(topo.expandCells(['east'])).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(topo.createCellsAlias('east', { cells: ['zone2'] })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION),
    );
  });

  it('follows a cell to its new root', async () => {
    await topo.createTablet(tablet('zone1', 100));
    await topo.updateCellInfoFields('zone1', (info) => void (info.root = '/elsewhere'));
    expect(await topo.getTabletsByCell('zone1')).toEqual([]);
    await topo.updateCellInfoFields('zone1', (info) => void (info.root = '/vitess/zone1'));
    expect(await topo.getTabletsByCell('zone1')).toHaveLength(1);
  });

  it('goes on serving an opened cell while the global store is away', async () => {
    await topo.createTablet(tablet('zone1', 100));
    await topo.global.close();
    expect(await topo.getTabletsByCell('zone1')).toHaveLength(1);
    await expect(topo.getTabletsByCell('zone2')).rejects.toEqual(code(Code.UNAVAILABLE));
  });
});

describe('shards', () => {
  it('get their key range from their name, and serve unless they overlap', async () => {
    const range = (start: string, end: string) => ({
      start: Buffer.from(start, 'hex'),
      end: Buffer.from(end, 'hex'),
    });
    expect(await topo.createShard('ks', '-80')).toEqual(
      Shard.create({ keyRange: range('', '80'), isPrimaryServing: true }),
    );
    expect(await topo.createShard('ks', '80-')).toMatchObject({ isPrimaryServing: true });
    expect(await topo.createShard('ks', '80-C0')).toMatchObject({
      keyRange: range('80', 'c0'),
      isPrimaryServing: false,
    });
    expect(await topo.getShardNames('ks')).toEqual(['-80', '80-', '80-c0']);
    expect([...(await topo.findAllShardsInKeyspace('ks')).keys()]).toEqual(['-80', '80-c0', '80-']);
    await expect(topo.createShard('ks', '-80')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await expect(topo.createShard('ks', '80-80')).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    await expect(topo.createShard('none', '-80')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('of an unsharded keyspace have no key range', async () => {
    expect(await topo.createShard('ks', '0')).toEqual(Shard.create({ isPrimaryServing: true }));
    expect(await topo.createShard('ks', '1')).toMatchObject({ isPrimaryServing: false });
  });

  it('lose none of 100 concurrent updates', async () => {
    await topo.createShard('ks', '0');
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        topo.updateShardFields('ks', '0', (shard) => {
          shard.sourceShards.push({ uid: i, keyspace: 'x', shard: '0', keyRange: undefined, tables: [] });
        }),
      ),
    );
    expect((await topo.getShard('ks', '0')).sourceShards).toHaveLength(100);
  });

  it('are left alone by a change that says so', async () => {
    await topo.createShard('ks', '0');
    const { version } = await topo.global.get('keyspaces/ks/shards/0/Shard');
    await topo.updateShardFields('ks', '0', () => false);
    expect((await topo.global.get('keyspaces/ks/shards/0/Shard')).version).toBe(version);
    await expect(topo.updateShardFields('ks', '1', () => undefined)).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('are made once, with their keyspace, by many tablets that start together', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => topo.getOrCreateShard('new', '-')));
    for (const shard of made) expect(shard.isPrimaryServing).toBe(true);
    expect(await topo.getKeyspace('new')).toEqual(
      Keyspace.create({ durabilityPolicy: 'none', sidecarDbName: '_vt' }),
    );
  });

  it('keep their keyspace from being deleted', async () => {
    await topo.createShard('ks', '0');
    await expect(topo.deleteKeyspace('ks')).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await topo.deleteShard('ks', '0');
    await topo.deleteKeyspace('ks');
    expect(await topo.getKeyspaces()).toEqual([]);
  });

  it('are watched through creation and deletion', async () => {
    const abort = new AbortController();
    const seen: (boolean | null)[] = [];
    const watching = (async () => {
      for await (const shard of topo.watchShard('ks', '0', abort.signal)) {
        seen.push(shard && shard.isPrimaryServing);
        if (seen.length === 1) await topo.createShard('ks', '0');
        if (seen.length === 2)
          await topo.updateShardFields('ks', '0', (s) => void (s.isPrimaryServing = false));
        if (seen.length === 3) await topo.deleteShard('ks', '0');
        if (seen.length === 4) abort.abort();
      }
    })();
    await watching;
    expect(seen).toEqual([null, true, false, null]);
  });
});

describe('tablets', () => {
  beforeEach(async () => void (await topo.createShard('ks', '0')));

  it('are listed by cell and by shard', async () => {
    await topo.createTablet(tablet('zone1', 101));
    await topo.createTablet(tablet('zone1', 100, '0', TabletType.PRIMARY));
    await topo.createTablet(tablet('zone2', 200));
    await topo.createTablet(tablet('zone2', 201, '1'));
    const uids = (tablets: Tablet[]): number[] => tablets.map(({ alias }) => alias?.uid ?? 0);
    expect(uids(await topo.getTabletsByCell('zone1'))).toEqual([100, 101]);
    expect(uids(await topo.getTabletsByShard('ks', '0'))).toEqual([100, 101, 200]);
    expect(uids(await topo.getTabletsByShard('ks', '0', { cells: ['zone2'] }))).toEqual([200]);
    await expect(topo.createTablet(tablet('zone1', 100))).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await expect(topo.createTablet(tablet('zone9', 1))).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(topo.getTablet({ cell: 'zone1', uid: 9 })).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('keep ShardReplication current', async () => {
    await topo.createTablet(tablet('zone1', 100));
    await topo.createTablet(tablet('zone1', 101));
    await topo.deleteTablet({ cell: 'zone1', uid: 100 });
    expect(await topo.getShardReplication('zone1', 'ks', '0')).toEqual({
      nodes: [{ tabletAlias: { cell: 'zone1', uid: 101 } }],
    });
  });

  it('start again in their place, but not in another shard', async () => {
    await topo.initTablet(tablet('zone1', 100));
    await topo.initTablet({ ...tablet('zone1', 100), hostname: 'elsewhere' });
    expect((await topo.getTablet({ cell: 'zone1', uid: 100 })).hostname).toBe('elsewhere');
    await expect(topo.initTablet(tablet('zone1', 100, '1'))).rejects.toEqual(code(Code.FAILED_PRECONDITION));
  });

  it('of cells that cannot be read are missed, not forgotten', async () => {
    await topo.createTablet(tablet('zone1', 100));
    const broken = new TopoServer(memory.connect('vitess/global'), async (cell, _address, root) => {
      const conn = memory.connect(root);
      if (cell === 'zone2') await conn.close();
      return conn;
    });
    const error = await broken.getTabletsByShard('ks', '0').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PartialTabletsError);
    expect((error as PartialTabletsError).tablets).toEqual([tablet('zone1', 100)]);
    expect([...(error as PartialTabletsError).unreadableCells.keys()]).toEqual(['zone2']);
    await broken.close();
  });
});

describe('locks', () => {
  it('of a shard exclude each other and say who holds them', async () => {
    await topo.createShard('ks', '0');
    const lock = await topo.lockShard('ks', '0', 'PlannedReparentShard');
    await expect(topo.lockShard('ks', '0', 'other', { waitMs: 20 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      message: expect.stringContaining('"Action": "PlannedReparentShard"'),
    });
    await expect(topo.tryLockShard('ks', '0', 'other')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    await (await topo.lockKeyspace('ks', 'another thing')).unlock();
    await lock.unlock();
    await expect(topo.lockShard('ks', 'none', 'x')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('are given back after the work, and its error comes through', async () => {
    const failing = topo.withKeyspaceLock('ks', 'x', () => Promise.reject(new Error('work failed')));
    await expect(failing).rejects.toThrow('work failed');
    expect(await topo.withKeyspaceLock('ks', 'x', async () => 'done')).toBe('done');
  });
});

describe('rebuildKeyspaceGraph', () => {
  it('lists the serving shards of each type by key range', async () => {
    for (const shard of ['80-', '-80', '-40', '40-80']) await topo.createShard('ks', shard);
    await rebuildKeyspaceGraph(topo, 'ks');
    const { partitions } = await topo.getSrvKeyspace('zone2', 'ks');
    expect(partitions.map(({ servedType }) => servedType)).toEqual([
      TabletType.PRIMARY,
      TabletType.REPLICA,
      TabletType.RDONLY,
    ]);
    for (const { shardReferences } of partitions) {
      expect(shardReferences.map(({ name }) => name)).toEqual(['-80', '80-']);
    }
    expect(await topo.getSrvKeyspaceNames('zone1')).toEqual(['ks']);
  });

  it('writes nothing when ranges overlap or leave a gap', async () => {
    await topo.createShard('ks', '-80');
    await expect(rebuildKeyspaceGraph(topo, 'ks')).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining('no shard holds the keyspace ids from 80'),
    });
    await topo.createShard('ks', '40-');
    await topo.updateShardFields('ks', '40-', (shard) => void (shard.isPrimaryServing = true));
    await expect(rebuildKeyspaceGraph(topo, 'ks')).rejects.toMatchObject({
      message: expect.stringContaining('overlap'),
    });
    expect(await topo.getSrvKeyspaceNames('zone1')).toEqual([]);
  });

  it('serves a keyspace without shards as one without partitions', async () => {
    await rebuildKeyspaceGraph(topo, 'ks');
    expect(await topo.getSrvKeyspace('zone1', 'ks')).toEqual(SrvKeyspace.create());
    await expect(rebuildKeyspaceGraph(topo, 'none')).rejects.toEqual(code(Code.NOT_FOUND));
  });

  it('does not undo a migration that is under way', async () => {
    await topo.createShard('ks', '0');
    await rebuildKeyspaceGraph(topo, 'ks');
    const srvKeyspace = await topo.getSrvKeyspace('zone1', 'ks');
    const control = { name: '0', keyRange: undefined, queryServiceDisabled: true };
    srvKeyspace.partitions[0].shardTabletControls.push(control);
    await topo.updateSrvKeyspace('zone1', 'ks', srvKeyspace);
    await expect(rebuildKeyspaceGraph(topo, 'ks')).rejects.toEqual(code(Code.FAILED_PRECONDITION));
  });
});

describe('rebuildVSchemaGraph', () => {
  it('gathers vschemas and rules, and watchers see it', async () => {
    const abort = new AbortController();
    const watch = topo.watchSrvVSchema('zone2', abort.signal)[Symbol.asyncIterator]();
    expect((await watch.next()).value).toBeNull();
    await topo.createKeyspace('empty', defaultKeyspace());
    await topo.saveVSchema('ks', VSchema.create({ sharded: true }));
    await topo.saveRoutingRules({ rules: [{ fromTable: 'a', toTables: ['ks.a'] }] });
    await rebuildVSchemaGraph(topo);
    const seen = (await watch.next()).value;
    expect(Object.keys(seen?.keyspaces ?? {})).toEqual(['empty', 'ks']);
    expect(seen?.keyspaces.ks.sharded).toBe(true);
    expect(seen?.routingRules).toEqual({ rules: [{ fromTable: 'a', toTables: ['ks.a'] }] });
    expect(await topo.getSrvVSchema('zone1')).toEqual(seen);
    abort.abort();
    expect((await watch.next()).done).toBe(true);
  });
});
