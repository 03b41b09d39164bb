import { Backoff } from './backoff';
import { FakeClock } from './clock';
import { CanceledError } from './deadline';
import { Deferred, once } from './deferred';
import { ListenerSet } from './listener-set';
import { Mutex } from './mutex';
import { TokenBucket } from './token-bucket';

test('Backoff grows to its maximum, is spread, and starts over', () => {
  let random = 0;
  const backoff = new Backoff({ initialMs: 100, maxMs: 350, jitter: 0.5, random: () => random });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([100, 200, 350, 350]);
  random = 0.5;
  expect(backoff.next()).toBe(350 * 0.75);
  backoff.reset();
  expect(backoff.next()).toBe(75);
});

describe('Mutex', () => {
  test('one at a time, in order, also after an error', async () => {
    const mutex = new Mutex();
    const gate = new Deferred<void>();
    const log: string[] = [];
    const first = mutex.runExclusive(async () => {
      await gate.promise;
      log.push('first');
      throw new Error('broken');
    });
    const second = mutex.runExclusive(() => void log.push('second'));
    const third = mutex.runExclusive(() => void log.push('third'));
    const caught = expect(first).rejects.toThrow('broken');
    gate.resolve();
    await Promise.all([caught, second, third]);
    expect(log).toEqual(['first', 'second', 'third']);
    expect(mutex.isLocked).toBe(false);
  });

  test('an aborted waiter does not get the lock', async () => {
    const mutex = new Mutex();
    const release = await mutex.acquire();
    const controller = new AbortController();
    const aborted = expect(mutex.acquire(controller.signal)).rejects.toThrow(CanceledError);
    controller.abort();
    await aborted;
    release();
    release();
    (await mutex.acquire())();
    expect(mutex.isLocked).toBe(false);
  });
});

test('once runs once, and repeats its error', () => {
  const fn = jest.fn(() => {
    throw new Error('no');
  });
  const wrapped = once(fn);
  expect(wrapped).toThrow('no');
  expect(wrapped).toThrow('no');
  expect(fn).toHaveBeenCalledTimes(1);
});

test('a listener that throws does not silence the others, and a removed one hears no more', () => {
  const errors: unknown[] = [];
  const set = new ListenerSet<number>((error) => errors.push(error));
  const heard: number[] = [];
  set.add(() => {
    throw new Error('bad listener');
  });
  const remove = set.add((event) => heard.push(event));
  set.emit(1);
  remove();
  set.emit(2);
  expect(heard).toEqual([1]);
  expect(errors).toHaveLength(2);
});

test('TokenBucket allows a burst and then its rate', async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ ratePerSecond: 10, burst: 2, clock });
  expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
  let taken = false;
  const take = bucket.take().then(() => (taken = true));
  await clock.advance(99);
  expect(taken).toBe(false);
  await clock.advance(1);
  await take;
});
