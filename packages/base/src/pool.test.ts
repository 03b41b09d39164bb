import { FakeClock } from './clock';
import { CanceledError } from './deadline';
import { Deferred } from './deferred';
import { Pool, type PoolOptions } from './pool';

/** A pool of numbers, with a record of what lives. */
function build(options: Partial<PoolOptions<number>> = {}) {
  const clock = new FakeClock();
  const alive = new Set<number>();
  let next = 0;
  let peak = 0;
  const pool = new Pool<number>({
    capacity: 2,
    create: async () => {
      alive.add(++next);
      peak = Math.max(peak, alive.size);
      return next;
    },
    destroy: (resource) => void alive.delete(resource),
    clock,
    random: () => 0.999,
    ...options,
  });
  return { pool, clock, alive, peak: () => peak };
}

describe('Pool', () => {
  test('lends the resource used last, and never more than the capacity', async () => {
    const { pool, alive } = build();
    const a = await pool.get();
    const b = await pool.get();
    expect(pool.tryGet()).toBeUndefined();
    pool.put(a);
    pool.put(b);
    expect((await pool.get()).resource).toBe(b.resource);
    expect(alive.size).toBe(2);
    expect(pool.stats()).toMatchObject({ capacity: 2, inUse: 1, idle: 1, available: 1, created: 2 });
  });

  test('serves waiting requests in the order they came', async () => {
    const { pool, clock } = build({ capacity: 1 });
    const held = await pool.get();
    const order: string[] = [];
    const use = async (name: string) => {
      const resource = await pool.get();
      order.push(name);
      pool.put(resource);
    };
    const all = Promise.all([use('first'), use('second'), use('third')]);
    await clock.advance(40);
    pool.put(held);
    await all;
    expect(order).toEqual(['first', 'second', 'third']);
    expect(pool.stats()).toMatchObject({ waitCount: 3, waitTimeMs: 120, waiters: 0 });
  });

  test('a request that waits too long fails, and its turn goes to the next', async () => {
    const { pool, clock } = build({ capacity: 1 });
    const held = await pool.get();
    const late = pool.get({ timeoutMs: 50 });
    const caught = expect(late).rejects.toMatchObject({ name: 'PoolTimeoutError', timeoutMs: 50 });
    const patient = pool.get({ timeoutMs: 1000 });
    await clock.advance(60);
    await caught;
    pool.put(held);
    pool.put(await patient);
    expect(clock.pendingTimers).toBe(0);
  });

  test('an aborted request leaves the queue and keeps no listener', async () => {
    const { pool } = build({ capacity: 1 });
    const held = await pool.get();
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const waiting = pool.get({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toThrow(CanceledError);
    expect(pool.stats().waiters).toBe(0);
    expect(removed).toHaveBeenCalled();
    pool.put(held);
    expect(pool.stats().idle).toBe(1);
  });

  test('the number of waiting requests is limited', async () => {
    const { pool } = build({ capacity: 1, maxWaiters: 1 });
    const held = await pool.get();
    const waiting = pool.get();
    await expect(pool.get()).rejects.toMatchObject({ name: 'PoolWaitersFullError', waiters: 1 });
    pool.put(held);
    pool.put(await waiting);
  });

  test('a create that fails gives its place to the next request', async () => {
    let attempts = 0;
    const first = new Deferred<number>();
    const { pool } = build({ capacity: 1, create: () => (attempts++ ? Promise.resolve(7) : first.promise) });
    const failing = pool.get();
    const next = pool.get();
    first.reject(new Error('connection refused'));
    await expect(failing).rejects.toThrow('connection refused');
    expect((await next).resource).toBe(7);
  });

  test('a create that always throws at once fails every waiting request, without recursion', async () => {
    let open = true;
    const { pool } = build({
      capacity: 1,
      create: () => {
        if (open) return Promise.resolve(1);
        throw new Error('down');
      },
    });
    const held = await pool.get();
    open = false;
    const waiting = Array.from({ length: 4000 }, () => pool.get());
    const outcomes = Promise.allSettled(waiting);
    pool.discard(held);
    expect((await outcomes).every((outcome) => outcome.status === 'rejected')).toBe(true);
    expect(pool.stats()).toMatchObject({ waiters: 0, available: 1 });
  });

  test('a resource that is created after its request was given up is kept for the next', async () => {
    const created = new Deferred<number>();
    let signal: AbortSignal | undefined;
    const { pool, clock } = build({
      capacity: 1,
      create: (s) => {
        signal = s;
        return created.promise;
      },
    });
    const late = pool.get({ timeoutMs: 10 });
    const caught = expect(late).rejects.toMatchObject({ name: 'PoolTimeoutError' });
    await clock.advance(10);
    await caught;
    expect(signal?.aborted).toBe(true);
    const next = pool.get();
    created.resolve(5);
    expect((await next).resource).toBe(5);
  });

  test('an unfit idle resource is destroyed and the request gets another one', async () => {
    const unfit = new Set<number>();
    const { pool, alive } = build({ capacity: 1, validate: async (resource) => !unfit.has(resource) });
    pool.put(await pool.get());
    unfit.add(1);
    const member = await pool.get();
    expect(member.resource).toBe(2);
    expect([...alive]).toEqual([2]);
  });

  test('idle resources are closed after the idle timeout, without ending the process late', async () => {
    const { pool, clock, alive } = build({ idleTimeoutMs: 1000 });
    const [a, b] = [await pool.get(), await pool.get()];
    pool.put(a);
    await clock.advance(500);
    pool.put(b);
    await clock.advance(600);
    expect([...alive]).toEqual([b.resource]);
    await clock.advance(500);
    expect(alive.size).toBe(0);
    expect(pool.stats()).toMatchObject({ idleClosed: 2, available: 2 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('a resource past its lifetime is not lent again', async () => {
    const { pool, clock } = build({ capacity: 1, maxLifetimeMs: 1000 });
    const old = await pool.get();
    const waiting = pool.get();
    await clock.advance(1001);
    pool.put(old);
    expect((await waiting).resource).toBe(2);
    expect(pool.stats().maxLifetimeClosed).toBe(1);
  });

  test('a place is free only when its resource is gone', async () => {
    const gone = new Deferred<void>();
    const { pool } = build({ capacity: 1, destroy: () => gone.promise });
    pool.discard(await pool.get());
    const waiting = pool.get();
    expect(pool.stats()).toMatchObject({ waiters: 1, available: 0 });
    gone.resolve();
    expect((await waiting).resource).toBe(2);
  });

  test('an error of destroy is reported and frees the place', async () => {
    const errors: unknown[] = [];
    const { pool } = build({
      capacity: 1,
      destroy: () => Promise.reject(new Error('already closed')),
      onDestroyError: (error) => errors.push(error),
    });
    pool.discard(await pool.get());
    pool.put(await pool.get());
    expect(errors).toEqual([new Error('already closed')]);
  });

  test('shrinks by idle resources first, then as lent ones come back; grows at once', async () => {
    const { pool, alive } = build({ capacity: 3 });
    const [a, b, c] = [await pool.get(), await pool.get(), await pool.get()];
    pool.put(c);
    pool.setCapacity(1);
    expect(alive.size).toBe(2);
    pool.put(a);
    expect(alive.size).toBe(1);
    const waiting = pool.get();
    expect(pool.stats().waiters).toBe(1);
    pool.setCapacity(2);
    expect((await waiting).resource).toBe(4);
    pool.put(b);
    expect(pool.stats()).toMatchObject({ inUse: 1, idle: 1 });
  });

  test('close refuses and rejects requests, waits for lent resources, and gives what is left', async () => {
    const { pool, clock, alive } = build({ capacity: 2 });
    const [a, b] = [await pool.get(), await pool.get()];
    const waiting = expect(pool.get()).rejects.toMatchObject({ name: 'PoolClosedError' });
    const closing = pool.close(100);
    await waiting;
    pool.put(a);
    await clock.advance(100);
    expect(await closing).toBe(1);
    expect([...pool.inUse()]).toEqual([b.resource]);
    await expect(pool.get()).rejects.toMatchObject({ name: 'PoolClosedError' });
    pool.put(b);
    expect(alive.size).toBe(0);
    expect(await pool.close(100)).toBe(0);
  });

  test('giving a resource back twice is a bug that shows', async () => {
    const { pool } = build();
    const member = await pool.get();
    pool.put(member);
    expect(() => pool.put(member)).toThrow('not lent');
  });

  test('stays within its capacity and loses nothing in a random run', async () => {
    let seed = 42;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    const clock = new FakeClock();
    let alive = 0;
    const pool = new Pool<object>({
      capacity: 5,
      clock,
      maxLifetimeMs: 40,
      idleTimeoutMs: 20,
      create: async () => {
        await new Promise<void>((resolve) => clock.after(random() * 5, resolve));
        if (random() < 0.2) throw new Error('refused');
        expect(++alive).toBeLessThanOrEqual(5);
        return {};
      },
      destroy: async () => {
        await new Promise<void>((resolve) => clock.after(random() * 3, resolve));
        alive--;
      },
      validate: () => random() < 0.9,
    });
    const user = async () => {
      const member = await pool.get({ timeoutMs: random() * 30 });
      await new Promise<void>((resolve) => clock.after(random() * 10, resolve));
      if (random() < 0.2) pool.discard(member);
      else pool.put(member);
    };
    const users: Promise<unknown>[] = [];
    for (let i = 0; i < 300; i++) {
      users.push(user().catch(() => undefined));
      await clock.advance(random() * 2);
    }
    await clock.advance(1000);
    await Promise.all(users);
    expect(pool.stats()).toMatchObject({ inUse: 0, waiters: 0, available: 5 });
    expect(alive).toBe(pool.stats().idle);
    expect(await pool.close(0)).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
