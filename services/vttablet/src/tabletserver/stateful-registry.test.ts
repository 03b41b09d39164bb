import { FakeClock } from '@vitess-ts/base';
import { Code } from '@vitess-ts/vterrors';
import { StatefulConnection } from './stateful-connection';
import { StatefulRegistry } from './stateful-registry';

function setUp() {
  const clock = new FakeClock();
  const ended: bigint[] = [];
  const registry = new StatefulRegistry({
    clock,
    end: async (connection) => void ended.push(connection.id),
  });
  const open = async (timeoutMs: number): Promise<StatefulConnection> => {
    const lent = { resource: { isAlive: true } };
    const connection = new StatefulConnection(registry.nextId(), lent as never, {} as never, [], '');
    connection.inTransaction = true;
    connection.timeoutMs = timeoutMs;
    (await registry.add(connection))();
    return connection;
  };
  return { clock, registry, ended, open };
}

test('ids rise and begin beyond those of a process that started earlier', async () => {
  const { registry, clock } = setUp();
  const first = registry.nextId();
  expect(registry.nextId()).toBe(first + 1n);
  expect(first).toBeGreaterThan(BigInt(clock.now() - 1) * 1_000_000n);
});

test('the timeout counts from the last statement, not from the beginning', async () => {
  const { clock, registry, ended, open } = setUp();
  const { id } = await open(30_000);
  for (let i = 0; i < 5; i++) {
    await clock.advance(20_000);
    const { unlock } = await registry.lock(id, undefined);
    unlock();
  }
  expect(ended).toEqual([]);
  await clock.advance(31_000);
  expect(ended).toEqual([id]);
  await expect(registry.lock(id, undefined)).rejects.toMatchObject({
    code: Code.ABORTED,
    message: expect.stringMatching(/^transaction \d+: ended at .* UTC \(exceeded timeout: 30s\)$/),
  });
  await registry.close();
});

test('one that is in use is not ended, however long its statement takes', async () => {
  const { clock, registry, ended, open } = setUp();
  const { id } = await open(1000);
  const { unlock } = await registry.lock(id, undefined);
  await clock.advance(60_000);
  expect(ended).toEqual([]);
  unlock();
  await clock.advance(2000);
  expect(ended).toEqual([id]);
  await registry.close();
});

test('a connection that died is ended without waiting for its timeout', async () => {
  const { clock, registry, ended, open } = setUp();
  const connection = await open(600_000);
  (connection.connection as { isAlive: boolean }).isAlive = false;
  await clock.advance(2000);
  expect(ended).toEqual([connection.id]);
  await registry.close();
});

test('an unknown id is told apart from an ended one', async () => {
  const { registry, open } = setUp();
  await expect(registry.lock(5n, undefined)).rejects.toMatchObject({
    code: Code.ABORTED,
    message: 'transaction 5: not found (potential transaction timeout)',
  });
  const connection = await open(0);
  const old = connection.id;
  registry.renewId(connection, 'committed');
  await expect(registry.lock(old, undefined)).rejects.toMatchObject({
    message: expect.stringMatching(/\(committed\)$/),
  });
  const { unlock } = await registry.lock(connection.id, undefined);
  unlock();
});

test('who waits for a connection that ends meanwhile is told so', async () => {
  const { registry, open } = setUp();
  const connection = await open(0);
  const { unlock } = await registry.lock(connection.id, undefined);
  const waiting = registry.lock(connection.id, undefined);
  registry.remove(connection, 'rolled back');
  unlock();
  await expect(waiting).rejects.toMatchObject({ message: expect.stringMatching(/\(rolled back\)$/) });
});

test('waiting ends with its signal', async () => {
  const { registry, open } = setUp();
  const connection = await open(0);
  const { unlock } = await registry.lock(connection.id, undefined);
  const abort = new AbortController();
  const waiting = registry.lock(connection.id, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow();
  unlock();
  (await registry.lock(connection.id, undefined)).unlock();
});
