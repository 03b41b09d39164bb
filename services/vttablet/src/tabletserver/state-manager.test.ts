import { TabletType } from '@vitess-ts/proto/topodata';
import { Code } from '@vitess-ts/vterrors';
import { StateManager, type ServingState } from './state-manager';

function manager(): { state: StateManager; seen: ServingState[] } {
  const state = new StateManager('ks', '-80', 'zone1', (error) => {
    throw error;
  });
  const seen: ServingState[] = [];
  state.onChange((change) => seen.push(change));
  return { state, seen };
}
const target = (tabletType: TabletType) => ({ keyspace: 'ks', shard: '-80', cell: '', tabletType });

test('serves while nothing stands against it, and tells each change once', () => {
  const { state, seen } = manager();
  state.setType(TabletType.PRIMARY, 5);
  state.setObstacle('mysqld', 'mysqld does not answer');
  state.setObstacle('mysqld', 'mysqld does not answer');
  state.setObstacle('mysqld', '');
  expect(seen.map((s) => [s.serving, s.reason])).toEqual([
    [true, ''],
    [false, 'mysqld does not answer'],
    [true, ''],
  ]);
});

test('types that do not answer queries do not serve', () => {
  const { state } = manager();
  for (const type of [TabletType.SPARE, TabletType.DRAINED, TabletType.BACKUP, TabletType.RESTORE]) {
    state.setType(type, 0);
    expect(state.state.serving).toBe(false);
  }
  state.setType(TabletType.RDONLY, 9);
  expect(state.state).toMatchObject({ serving: true, primaryTermStart: 0 });
});

test('shutting down lets open work end and refuses new work', () => {
  const { state } = manager();
  state.setType(TabletType.PRIMARY, 5);
  state.shutDown();
  expect(() => state.check(target(TabletType.PRIMARY), true)).not.toThrow();
  expect(() => state.check(target(TabletType.PRIMARY), false)).toThrow(
    expect.objectContaining({
      code: Code.CLUSTER_EVENT,
      message: 'operation not allowed in state SHUTTING_DOWN',
    }),
  );
});

test('open work of a tablet whose mysqld is gone is refused too', () => {
  const { state } = manager();
  state.setType(TabletType.PRIMARY, 5);
  state.setObstacle('mysqld', 'down');
  expect(() => state.check(target(TabletType.PRIMARY), true)).toThrow(
    'operation not allowed in state NOT_SERVING',
  );
});
