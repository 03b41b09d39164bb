import { DeadlockDetector } from './deadlock-detector';
import { FakeShards } from './fake-shards.contract';
import { deadlockedTransactions } from './wait-graph';

const wait = (waiting: string, blocking: string) => ({ waiting, blocking });

describe('a circle of waits', () => {
  test.each([
    ['no wait', [], []],
    ['a chain', [wait('a', 'b'), wait('b', 'c')], []],
    ['two', [wait('a', 'b'), wait('b', 'a')], [['a', 'b']]],
    [
      'three, and one that waits for them',
      [wait('a', 'b'), wait('b', 'c'), wait('c', 'a'), wait('d', 'a')],
      [['a', 'b', 'c']],
    ],
    [
      'two circles',
      [wait('a', 'b'), wait('b', 'a'), wait('c', 'd'), wait('d', 'c')],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
  ])('%s', (_what, waits, expected) => {
    expect(deadlockedTransactions(waits).map((g) => [...g].sort())).toEqual(expected);
  });
});

describe('the detector', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  async function watching(waits: { waiting: string; blocking: string }[]) {
    const shards = new FakeShards(['-80', '80-']);
    shards.lockWaits.push(...waits);
    let victims = 0;
    const detector = new DeadlockDetector(shards.gateway(), { deadlockVictim: () => victims++ });
    const statements = { a: detector.watch('a', ['ks']), b: detector.watch('b', ['ks']) };
    await jest.advanceTimersByTimeAsync(1000);
    return { detector, statements, victims };
  }

  test('ends the transaction of a circle that began last, and only that', async () => {
    const { detector, statements, victims } = await watching([wait('a', 'b'), wait('b', 'a')]);
    expect(statements.a.signal.aborted).toBe(false);
    expect(statements.b.signal.reason).toMatchObject({ errno: 1213, sqlstate: '40001' });
    expect(victims).toBe(1);
    detector.stop();
  });

  test('leaves waits that are no circle alone', async () => {
    const { detector, statements } = await watching([wait('a', 'b')]);
    expect(statements.a.signal.aborted || statements.b.signal.aborted).toBe(false);
    detector.stop();
  });

  test('leaves the victim to the gate that runs it', async () => {
    const { detector, statements } = await watching([wait('a', 'z'), wait('z', 'a')]);
    expect(statements.a.signal.aborted).toBe(false);
    detector.stop();
  });

  test('asks nobody while no statement takes long', async () => {
    const shards = new FakeShards(['-80', '80-']);
    shards.lockWaits.push(wait('a', 'b'), wait('b', 'a'));
    const detector = new DeadlockDetector(shards.gateway());
    for (let i = 0; i < 20; i++) {
      const statement = detector.watch('b', ['ks']);
      await jest.advanceTimersByTimeAsync(50);
      statement.done();
      expect(statement.signal.aborted).toBe(false);
    }
    detector.stop();
  });
});
