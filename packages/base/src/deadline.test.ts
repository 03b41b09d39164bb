import { FakeClock, systemClock } from './clock';
import { CanceledError, childSignal, DeadlineExceededError, onAbort, sleep, withDeadline } from './deadline';

/** Counts the listeners that a signal has. */
function counted() {
  const controller = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = controller.signal;
  controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    return addEventListener.apply(controller.signal, args);
  };
  controller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    return removeEventListener.apply(controller.signal, args);
  };
  return { controller, signal: controller.signal, listeners: () => listeners };
}

describe('withDeadline', () => {
  test('gives the result and leaves neither timer nor listener', async () => {
    const clock = new FakeClock();
    const { signal, listeners } = counted();
    await expect(withDeadline(signal, 100, async () => 7, clock)).resolves.toBe(7);
    expect(clock.pendingTimers).toBe(0);
    expect(listeners()).toBe(0);
  });

  test('rejects at the deadline even when the work does not listen, and tells the work', async () => {
    const clock = new FakeClock();
    let inner: AbortSignal | undefined;
    const run = withDeadline(
      undefined,
      100,
      (signal) => ((inner = signal), new Promise(() => undefined)),
      clock,
    );
    const caught = expect(run).rejects.toThrow(DeadlineExceededError);
    await clock.advance(100);
    await caught;
    expect(inner?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test("rejects with the caller's own reason", async () => {
    const controller = new AbortController();
    const run = withDeadline(controller.signal, undefined, () => new Promise(() => undefined));
    const caught = expect(run).rejects.toThrow('reparent under way');
    controller.abort(new Error('reparent under way'));
    await caught;
  });

  test('a late failure of the work is not an unhandled rejection', async () => {
    const clock = new FakeClock();
    let fail!: (error: Error) => void;
    const run = withDeadline(undefined, 10, () => new Promise((_, reject) => (fail = reject)), clock);
    const caught = expect(run).rejects.toThrow(DeadlineExceededError);
    await clock.advance(10);
    await caught;
    fail(new Error('late'));
    await clock.advance(1);
  });

  test('does not start with an aborted signal', async () => {
    const fn = jest.fn();
    await expect(withDeadline(AbortSignal.abort(), 10, fn)).rejects.toThrow(CanceledError);
    expect(fn).not.toHaveBeenCalled();
  });

  test("an abort by Node's own timeout signal reads as a deadline", async () => {
    const reason = new DOMException('timeout', 'TimeoutError');
    await expect(sleep(1, AbortSignal.abort(reason))).rejects.toThrow(DeadlineExceededError);
  });
});

describe('sleep', () => {
  test('ends after its time, or as soon as the signal aborts', async () => {
    const clock = new FakeClock();
    const { controller, signal, listeners } = counted();
    const slept = sleep(50, signal, clock);
    await clock.advance(50);
    await slept;
    const aborted = expect(sleep(50, signal, clock)).rejects.toThrow(CanceledError);
    controller.abort();
    await aborted;
    expect(clock.pendingTimers).toBe(0);
    expect(listeners()).toBeLessThanOrEqual(1);
  });
});

test('a disposed child no longer follows its parent', () => {
  const { controller, signal, listeners } = counted();
  const child = childSignal(signal, 1000, new FakeClock());
  child.dispose();
  expect(listeners()).toBe(0);
  controller.abort();
  expect(child.signal.aborted).toBe(false);
});

test('onAbort of an aborted signal calls at once', () => {
  const fn = jest.fn();
  onAbort(AbortSignal.abort(), fn);
  expect(fn).toHaveBeenCalledTimes(1);
});

test('a timer longer than Node can hold does not fire at once', async () => {
  const fn = jest.fn();
  const cancel = systemClock.after(2 ** 40, fn);
  await new Promise((resolve) => setImmediate(resolve));
  cancel();
  expect(fn).not.toHaveBeenCalled();
});
