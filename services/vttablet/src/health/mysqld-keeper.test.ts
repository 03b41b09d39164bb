import { sleep } from '@vitess-ts/base';
import { MysqldKeeper } from './mysqld-keeper';

class FakeMysqld {
  readonly managed = true;
  starts = 0;
  running = false;
  failures = 0;

  async isRunning(): Promise<boolean> {
    return this.running;
  }

  async start(): Promise<void> {
    this.starts++;
    if (this.failures-- > 0) throw new Error('no');
    this.running = true;
  }
}

function setUp(onStarted: () => Promise<void> = async () => undefined) {
  const mysqld = new FakeMysqld();
  const log: string[] = [];
  const keeper = new MysqldKeeper(
    mysqld,
    () => log.push('dead'),
    async () => {
      await onStarted();
      log.push('started');
    },
    (error) => log.push(String(error)),
  );
  const until = async (done: () => boolean): Promise<void> => {
    const deadline = Date.now() + 5000;
    while (!done()) {
      if (Date.now() > deadline) throw new Error(`it did not come to that: ${log.join(', ')}`);
      await sleep(5);
    }
  };
  return { mysqld, log, keeper, until };
}

test('one that died is started again, however often that takes', async () => {
  const { mysqld, log, keeper, until } = setUp();
  mysqld.failures = 2;
  keeper.mysqldIsDown();
  keeper.mysqldIsDown();
  await until(() => log.includes('started'));
  expect(log).toEqual(['dead', 'Error: no', 'dead', 'Error: no', 'dead', 'started']);
  expect(mysqld.starts).toBe(3);
  await keeper.stop();
});

test('one that runs and does not answer is left alone', async () => {
  const { mysqld, log, keeper } = setUp();
  mysqld.running = true;
  keeper.mysqldIsDown();
  await keeper.stop();
  expect([log, mysqld.starts]).toEqual([[], 0]);
});

test('what follows a start is tried until it succeeds', async () => {
  let failures = 2;
  const { mysqld, log, keeper, until } = setUp(async () => {
    if (failures-- > 0) throw new Error('no topology');
  });
  keeper.mysqldIsDown();
  await until(() => log.includes('started'));
  expect(log).toEqual(['dead', 'Error: no topology', 'Error: no topology', 'started']);
  expect(mysqld.starts).toBe(1);
  await keeper.stop();
});

test('after stop nothing is started', async () => {
  const { mysqld, keeper } = setUp();
  await keeper.stop();
  keeper.mysqldIsDown();
  await keeper.stop();
  expect(mysqld.starts).toBe(0);
});
