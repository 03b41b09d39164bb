import { tabletTypeName } from '@vitess-ts/proto';
import { CellInfo, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { MemoryTopo, TopoServer } from '@vitess-ts/topo';
import { StateManager } from '../tabletserver/state-manager';
import { TypeChanger } from './type-changer';

const { REPLICA, RDONLY } = TabletType;
const alias = { cell: 'zone1', uid: 100 };
const { signal } = new AbortController();

async function setUp() {
  const memory = new MemoryTopo();
  const topo = new TopoServer(memory.connect('/global'), async (_cell, _address, root) =>
    memory.connect(root),
  );
  await topo.createCellInfo('zone1', CellInfo.fromPartial({ root: '/zone1' }));
  const state = new StateManager('ks', '0', 'zone1', (error) => {
    throw error;
  });
  /** What happened, in order: changes of read_only, endings, and serving states. */
  const log: string[] = [];
  state.onChange((s) => log.push(`${s.serving ? 'serving' : 'not serving'} ${tabletTypeName(s.tabletType)}`));
  const recovery: { failure?: Error } = {};
  const types = new TypeChanger({
    alias,
    topo,
    state,
    setReadOnly: async (on) => void log.push(on ? 'read only' : 'read write'),
    endTransactions: async (reason) => void log.push(reason),
    recoverPrepared: async () => {
      log.push('recover');
      if (recovery.failure) throw recovery.failure;
    },
    closePrepared: async () => void log.push('let go'),
    onClosed: (error) => void log.push((error as Error).message),
  });
  const record = Tablet.fromPartial({ alias, keyspace: 'ks', shard: '0', type: REPLICA });
  return { topo, state, log, types, record, recovery };
}

/** What is in doubt is taken up before anybody may write. */
const opened = ['read only', 'recover', 'read write'];

test('a new tablet makes its keyspace and shard, and is read-only', async () => {
  const { topo, log, types, record } = await setUp();
  await types.init(record, signal);
  expect(await topo.getKeyspaces()).toEqual(['ks']);
  expect((await topo.getTablet(alias)).type).toBe(REPLICA);
  expect(log).toEqual(['read only', 'serving REPLICA']);
});

test('a primary is writable before it is known, and its shard names it', async () => {
  const { topo, log, types, record } = await setUp();
  await types.init(record, signal);
  log.splice(0);
  await types.becomePrimary(signal);
  expect(log).toEqual([...opened, 'serving PRIMARY']);
  const shard = await topo.getShard('ks', '0');
  expect(shard.primaryAlias).toEqual(alias);
  expect((await topo.getTablet(alias)).primaryTermStartTime).toEqual(shard.primaryTermStartTime);
});

test('when the topology cannot be told, nobody may write', async () => {
  const { topo, log, types, record, state } = await setUp();
  await types.init(record, signal);
  await topo.deleteTablet(alias);
  log.splice(0);
  await expect(types.becomePrimary(signal)).rejects.toThrow();
  expect(log).toEqual([...opened, 'read only', 'let go']);
  expect(state.state.tabletType).toBe(REPLICA);
});

test('a primary that changes ends its transactions and is read-only before that is known', async () => {
  const { topo, log, types, record } = await setUp();
  await types.init(record, signal);
  await types.becomePrimary(signal);
  log.splice(0);
  await types.change(RDONLY, signal);
  expect(log).toEqual([
    'not serving PRIMARY',
    'tablet becomes RDONLY',
    'read only',
    'let go',
    'serving RDONLY',
  ]);
  expect((await topo.getTablet(alias)).primaryTermStartTime).toBeUndefined();
});

test('a demoted primary stays closed, whatever is refreshed, until the demotion is undone', async () => {
  const { state, types, record } = await setUp();
  await types.init(record, signal);
  await types.becomePrimary(signal);
  await types.demote(signal);
  await types.refresh(signal);
  expect(state.state.serving).toBe(false);
  await types.undoDemote(signal);
  expect(state.state.serving).toBe(true);
});

test('a shard whose primary is turned off does not serve', async () => {
  const { topo, state, types, record } = await setUp();
  await types.init(record, signal);
  await types.becomePrimary(signal);
  await topo.updateShardFields('ks', '0', (shard) => void (shard.isPrimaryServing = false));
  await types.refresh(signal);
  expect(state.state.serving).toBe(false);
});

test('a tablet cannot be made UNKNOWN', async () => {
  const { types, record } = await setUp();
  await types.init(record, signal);
  await expect(types.change(TabletType.UNKNOWN, signal)).rejects.toThrow('cannot be made UNKNOWN');
});

test('a mysqld that was started again takes writes only while the shard names this tablet', async () => {
  const { topo, log, types, record, state } = await setUp();
  await types.init(record, signal);
  await types.mysqldRestarted(signal);
  await types.becomePrimary(signal);
  log.splice(0);
  await types.mysqldRestarted(signal);
  expect(log).toEqual(opened);
  await types.demote(signal);
  log.splice(0);
  await types.mysqldRestarted(signal);
  expect(log).toEqual(['read only']);
  await types.undoDemote(signal);
  await topo.updateShardFields('ks', '0', (shard) => {
    shard.primaryAlias = { cell: 'zone1', uid: 101 };
  });
  log.splice(0);
  await types.mysqldRestarted(signal);
  expect(log).toEqual(['read only', 'serving REPLICA']);
  expect((await topo.getTablet(alias)).type).toBe(REPLICA);
  expect(state.state.primaryTermStart).toBe(0);
});

test('without the topology a mysqld that was started again stays read-only', async () => {
  const { topo, log, types, record } = await setUp();
  await types.init(record, signal);
  await types.becomePrimary(signal);
  await topo.deleteShard('ks', '0');
  log.splice(0);
  await expect(types.mysqldRestarted(signal)).rejects.toThrow();
  expect(log).toEqual([]);
});

test('a primary that is told so again lets nothing go', async () => {
  const { log, types, record } = await setUp();
  await types.init(record, signal);
  await types.becomePrimary(signal);
  log.splice(0);
  await types.becomePrimary(signal);
  expect(log).not.toContain('recover');
  expect(log).not.toContain('read only');
});

test('nobody may write while prepared transactions cannot be done again', async () => {
  const { topo, log, types, record, state, recovery } = await setUp();
  await types.init(record, signal);
  recovery.failure = new Error('cannot be done again');
  log.splice(0);
  await expect(types.becomePrimary(signal)).rejects.toThrow('cannot be done again');
  expect(log).toEqual(['read only', 'recover']);
  expect(state.state.tabletType).toBe(REPLICA);
  // One that starts as the primary says so, stays closed, and opens when it can.
  await topo.updateShardFields('ks', '0', (shard) => void (shard.primaryAlias = alias));
  log.splice(0);
  await types.init(record, signal);
  expect(log).toEqual(['read only', 'recover', 'cannot be done again', 'serving PRIMARY']);
  recovery.failure = undefined;
  log.splice(0);
  await types.reopen(signal);
  expect(log).toEqual(opened);
});
