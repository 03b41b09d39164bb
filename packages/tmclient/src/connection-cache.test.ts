import { FakeClock } from '@vitess-ts/base';
import { createChannel } from '@vitess-ts/servenv';
import { Code } from '@vitess-ts/vterrors';
import { ConnectionCache } from './connection-cache';

function build(capacity = 2) {
  const clock = new FakeClock();
  const closed: string[] = [];
  const opened: string[] = [];
  const cache = new ConnectionCache({
    open(address) {
      opened.push(address);
      // Never connects: nothing is called on it.
      const client = createChannel('127.0.0.1:1');
      const close = client.close.bind(client);
      client.close = () => {
        closed.push(address);
        close();
      };
      return client;
    },
    idleTimeoutMs: 1000,
    capacity,
    clock,
  });
  return { cache, clock, opened, closed };
}

test('one connection an address, closed when idle for long', async () => {
  const { cache, clock, opened, closed } = build();
  const first = cache.acquire('a:1');
  const second = cache.acquire('a:1');
  expect(second.client).toBe(first.client);
  first.release();
  first.release();
  await clock.advance(5000);
  expect(closed).toEqual([]);
  second.release();
  await clock.advance(900);
  expect(closed).toEqual([]);
  await clock.advance(500);
  expect([opened, closed]).toEqual([['a:1'], ['a:1']]);
  expect(clock.pendingTimers).toBe(0);
});

test('over its capacity the one idle for longest makes room; with all in use there is none', async () => {
  const { cache, clock, closed } = build();
  const a = cache.acquire('a:1');
  const b = cache.acquire('b:1');
  expect(() => cache.acquire('c:1')).toThrow(expect.objectContaining({ code: Code.UNAVAILABLE }));
  b.release();
  await clock.advance(1);
  a.release();
  cache.acquire('c:1').release();
  expect(closed).toEqual(['b:1']);
  cache.close();
  expect(closed).toEqual(['b:1', 'a:1', 'c:1']);
  expect(clock.pendingTimers).toBe(0);
});
