import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import { FakeTablet } from './fake-tablet.contract';
import { HealthCheck, type HealthCheckOptions } from './health-check';
import type { TabletHealthChange } from './tablet-health';
import { TabletPicker } from './tablet-picker';

const { PRIMARY, REPLICA } = TabletType;
const target = (tabletType: TabletType) => ({ keyspace: 'ks', shard: '0', tabletType });

let fakes: FakeTablet[];
let topoDown: Error | undefined;
let check: HealthCheck;
let changes: TabletHealthChange[];

function start(options: Partial<HealthCheckOptions> = {}): void {
  check = new HealthCheck({
    localCell: 'zone1',
    cells: ['zone1', 'zone2'],
    topo: {
      getTabletsByCell: async (cell) => {
        if (topoDown) throw topoDown;
        return fakes.map((f) => f.record).filter((t) => t.alias?.cell === cell);
      },
    },
    connect: (tablet: Tablet) => {
      const fake = fakes.find((f) => f.alias.uid === tablet.alias?.uid);
      if (!fake) throw new Error('no such fake');
      return fake.service;
    },
    refreshIntervalMs: 5,
    maxRetryDelayMs: 20,
    ...options,
  });
  check.onChange((change) => changes.push(change));
  check.start();
}

beforeEach(() => {
  fakes = [];
  changes = [];
  topoDown = undefined;
});
afterEach(() => check.stop());

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const aliases = (type: TabletType): number[] =>
  check.healthy(target(type)).map((t) => t.tablet.alias?.uid ?? 0);

test('a tablet serves when it says so, not when its record is there', async () => {
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, REPLICA);
  fakes = [tablet];
  start();
  await until(() => check.tablets().length === 1);
  expect(check.healthy(target(REPLICA))).toEqual([]);
  tablet.tell({});
  await until(() => check.healthy(target(REPLICA)).length === 1);
  tablet.tell({ serving: false, error: 'mysqld does not answer' });
  await until(() => check.healthy(target(REPLICA)).length === 0);
  expect(check.tablet('zone1-0000000001')).toMatchObject({
    serving: false,
    lastError: { message: 'mysqld does not answer' },
  });
});

test('a broken stream ends serving at once and is opened again', async () => {
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, REPLICA);
  fakes = [tablet];
  start();
  tablet.tell({});
  await until(() => aliases(REPLICA).length === 1);
  tablet.breakStream(new Error('connection reset'));
  await until(() => aliases(REPLICA).length === 0);
  expect(changes.at(-1)?.health.lastError?.message).toBe('connection reset');
  await until(() => tablet.opened === 2);
  tablet.tell({});
  await until(() => aliases(REPLICA).length === 1);
});

test('a stream that says nothing counts as dead', async () => {
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, REPLICA);
  fakes = [tablet];
  start({ healthCheckTimeoutMs: 30 });
  tablet.tell({});
  await until(() => aliases(REPLICA).length === 1);
  await until(() => aliases(REPLICA).length === 0);
  expect(check.tablets()[0].lastError?.message).toBe(
    'tablet zone1-0000000001 sent no health message for 30 ms',
  );
  expect(tablet.open).toBeLessThanOrEqual(1);
});

test('an answer for another tablet is not believed', async () => {
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, REPLICA);
  fakes = [tablet];
  start();
  tablet.tell({ alias: { cell: 'zone1', uid: 9 } });
  await until(() => check.tablets()[0]?.lastError !== undefined);
  expect(check.tablets()[0].lastError?.message).toMatch(/answered by zone1-0000000009/);
  expect(aliases(REPLICA)).toEqual([]);
});

test('the primary is the one with the latest term, also while that one is away', async () => {
  const [old, young] = [1, 2].map((uid) => new FakeTablet({ cell: 'zone1', uid }, PRIMARY));
  fakes = [old, young];
  start();
  old.tell({ term: 100 });
  await until(() => aliases(PRIMARY)[0] === 1);
  young.tell({ term: 200 });
  await until(() => aliases(PRIMARY)[0] === 2);
  expect(aliases(PRIMARY)).toEqual([2]);
  young.tell({ term: 200, serving: false });
  await until(() => aliases(PRIMARY).length === 0);
  expect(check.primary('ks', '0')).toMatchObject({ serving: false, primaryTermStart: 200 });
  old.tell({ term: 300 });
  await until(() => aliases(PRIMARY)[0] === 1);
});

test('near replicas come first and take turns; lagging ones only when too few are left', async () => {
  const make = (cell: string, uid: number) => new FakeTablet({ cell, uid }, REPLICA);
  fakes = [make('zone2', 1), make('zone1', 2), make('zone1', 3), make('zone1', 4)];
  start();
  const lags = [0, 0, 5, 100];
  fakes.forEach((fake, i) => fake.tell({ lag: lags[i] }));
  await until(() => check.tablets().every((t) => t.serving) && check.tablets().length === 4);
  expect(aliases(REPLICA)).toHaveLength(3);
  const firsts = new Set([aliases(REPLICA)[0], aliases(REPLICA)[0], aliases(REPLICA)[0]]);
  expect(firsts).toEqual(new Set([2, 3]));
  expect(aliases(REPLICA).at(-1)).toBe(1);
  fakes[1].tell({ serving: false });
  fakes[2].tell({ serving: false });
  await until(() => aliases(REPLICA).includes(4));
  fakes[3].tell({ lag: 8000 });
  await until(() => !aliases(REPLICA).includes(4));
});

test('tablets of a near cell go before those of others', async () => {
  fakes = [
    new FakeTablet({ cell: 'zone2', uid: 1 }, REPLICA),
    new FakeTablet({ cell: 'zone3', uid: 2 }, REPLICA),
  ];
  start({ cells: ['zone3', 'zone2'], nearCells: ['zone3'] });
  for (const fake of fakes) fake.tell({});
  await until(() => aliases(REPLICA).length === 2);
  expect(aliases(REPLICA)).toEqual([2, 1]);
});

test('tablets that leave the topology are let go, those that move are followed', async () => {
  const [one, two] = [1, 2].map((uid) => new FakeTablet({ cell: 'zone1', uid }, REPLICA));
  fakes = [one, two];
  start();
  await until(() => one.open + two.open === 2);
  fakes = [two];
  await until(() => one.closed && one.open === 0);
  expect(changes.find((c) => c.removed)?.health.alias).toBe('zone1-0000000001');
  expect(check.tablets()).toHaveLength(1);
});

test('a topology that is down changes nothing', async () => {
  const errors: string[] = [];
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, REPLICA);
  fakes = [tablet];
  start({ onError: (error) => errors.push(error.message) });
  tablet.tell({});
  await until(() => aliases(REPLICA).length === 1);
  topoDown = new Error('no topology');
  await until(() => errors.includes('no topology'));
  expect(aliases(REPLICA)).toEqual([1]);
  tablet.tell({ lag: 3 });
  await until(() => check.tablets()[0].lagSeconds === 3);
});

test('changed tables are told once, with the tablet', async () => {
  const tablet = new FakeTablet({ cell: 'zone1', uid: 1 }, PRIMARY);
  fakes = [tablet];
  start();
  tablet.tell({ tables: ['a', 'b'] });
  await until(() => changes.some((c) => c.tablesChanged.length > 0));
  tablet.tell({});
  await until(() => changes.filter((c) => c.health.serving).length >= 2);
  expect(changes.filter((c) => c.tablesChanged.length > 0).map((c) => c.tablesChanged)).toEqual([['a', 'b']]);
});

test('waiting ends when all targets serve, or with its signal and the names of those that do not', async () => {
  const [primary, replica] = [
    new FakeTablet({ cell: 'zone1', uid: 1 }, PRIMARY),
    new FakeTablet({ cell: 'zone1', uid: 2 }, REPLICA),
  ];
  fakes = [primary, replica];
  start();
  const both = [target(PRIMARY), target(REPLICA)];
  const abort = new AbortController();
  const waiting = check.waitForServing(both, abort.signal);
  primary.tell({ term: 1 });
  await until(() => aliases(PRIMARY).length === 1);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ message: 'no serving tablet for ks.0.replica' });
  const again = check.waitForServing(both, new AbortController().signal);
  replica.tell({});
  await again;
});

test('the picker waits for a tablet and avoids those that failed while there are others', async () => {
  const [one, two] = [1, 2].map((uid) => new FakeTablet({ cell: 'zone1', uid }, REPLICA));
  fakes = [one, two];
  start();
  const picker = new TabletPicker(check, 'ks', '0', [REPLICA, PRIMARY]);
  const { signal } = new AbortController();
  const picking = picker.pick(signal);
  one.tell({});
  expect((await picking).alias).toBe('zone1-0000000001');
  const avoid = new Set(['zone1-0000000001']);
  expect((await picker.pick(signal, avoid)).alias).toBe('zone1-0000000001');
  two.tell({});
  await until(() => aliases(REPLICA).length === 2);
  expect((await picker.pick(signal, avoid)).alias).toBe('zone1-0000000002');
});
