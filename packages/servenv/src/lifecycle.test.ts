import { Deferred, FakeClock } from '@vitess-ts/base';
import { Lifecycle } from './lifecycle';
import { silentLogger } from './log';
import type { Service } from './service';
import { MissingPrerequisiteError } from './usage-error';

function build(service: Partial<Service> = {}) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const lifecycle = new Lifecycle({ log: silentLogger, lameduckPeriodMs: 100, onTermTimeoutMs: 1000, clock });
  const exit = lifecycle.run({
    start: async () => void calls.push('start'),
    lameduck: () => void calls.push('lameduck'),
    stop: async () => void calls.push('stop'),
    ...service,
  });
  return { clock, calls, lifecycle, exit };
}

test('lameduck, then stop, then 0', async () => {
  const { clock, calls, lifecycle, exit } = build();
  await clock.advance(0);
  lifecycle.requestStop('SIGTERM');
  await clock.advance(99);
  expect(calls).toEqual(['start', 'lameduck']);
  await clock.advance(1);
  expect(await exit).toBe(0);
  expect(calls).toEqual(['start', 'lameduck', 'stop']);
  expect(clock.pendingTimers).toBe(0);
});

test('a second request does not wait for the lameduck period', async () => {
  const { clock, calls, lifecycle, exit } = build();
  await clock.advance(0);
  lifecycle.requestStop('SIGTERM');
  await clock.advance(1);
  lifecycle.requestStop('SIGTERM');
  expect(await exit).toBe(1);
  expect(calls).toEqual(['start', 'lameduck']);
});

test('a stop that takes too long ends with 1, and is told', async () => {
  let signal: AbortSignal | undefined;
  const { clock, lifecycle, exit } = build({ stop: (s) => ((signal = s), new Promise(() => undefined)) });
  await clock.advance(0);
  lifecycle.requestStop('SIGTERM');
  await clock.advance(1100);
  expect(await exit).toBe(1);
  expect(signal?.aborted).toBe(true);
});

test('a start that fails is stopped all the same; the exit code says why', async () => {
  const failed = build({ start: () => Promise.reject(new Error('port taken')) });
  expect(await failed.exit).toBe(1);
  expect(failed.calls).toEqual(['stop']);
  const missing = build({ start: () => Promise.reject(new MissingPrerequisiteError('no mariadbd')) });
  expect(await missing.exit).toBe(3);
});

test('a request to stop ends a start that is under way, and that is no failure', async () => {
  const started = new Deferred<void>();
  const { calls, lifecycle, exit } = build({
    start: (signal) => {
      signal.addEventListener('abort', () => started.reject(new Error('aborted')));
      return started.promise;
    },
  });
  lifecycle.requestStop('SIGTERM');
  expect(await exit).toBe(0);
  expect(calls).toEqual(['stop']);
});

test('a fatal error stops without lameduck and ends with 1; a finished job with 0', async () => {
  const fatal = build();
  await fatal.clock.advance(0);
  fatal.lifecycle.fail(new Error('disk is gone'));
  expect(await fatal.exit).toBe(1);
  expect(fatal.calls).toEqual(['start', 'stop']);
  const done = build();
  await done.clock.advance(0);
  done.lifecycle.finish();
  expect(await done.exit).toBe(0);
});
