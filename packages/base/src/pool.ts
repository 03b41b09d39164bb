import { assert } from './assert';
import { systemClock, type CancelTimer, type Clock } from './clock';
import { throwIfAborted } from './deadline';
import { PoolClosedError, PoolRequest, PoolTimeoutError, PoolWaitersFullError } from './pool-request';

export interface PoolOptions<T> {
  /** Most resources that exist at a time: lent, idle, being created or being destroyed. */
  capacity: number;
  /** Opens a resource. Must settle soon after its signal aborts: until then its place stays taken. */
  create(signal: AbortSignal): Promise<T>;
  /** Frees a resource. Must settle: until then its place stays taken. */
  destroy(resource: T): void | Promise<void>;
  /** Asked before an idle resource is lent; false, or an error, destroys it and the next is tried. */
  validate?(resource: T): boolean | Promise<boolean>;
  /** Idle resources are destroyed after this time; 0 or absent: never. */
  idleTimeoutMs?: number;
  /** Resources are not lent again after three quarters to all of this age, so that they do not all end at once; 0 or absent: no limit. */
  maxLifetimeMs?: number;
  /** Most requests that wait at a time; 5000 when not given. */
  maxWaiters?: number;
  clock?: Clock;
  random?: () => number;
  /** What `destroy` throws: the caller of `put` has no use for it. */
  onDestroyError?: (error: unknown) => void;
}

export interface PoolGetOptions {
  signal?: AbortSignal;
  /** Limit for the wait and the opening together. */
  timeoutMs?: number;
}

/** A resource and what the pool knows of it. Times are of the pool's monotonic clock. */
export interface PooledResource<T> {
  readonly resource: T;
  readonly createdMs: number;
  /** When it was put back last; the time of creation before that. */
  readonly lastUsedMs: number;
}

export interface PoolStats {
  capacity: number;
  /** Resources that could be lent now: idle ones and places still free. */
  available: number;
  inUse: number;
  idle: number;
  /** Requests that wait now. */
  waiters: number;
  /** Requests that had to wait, ever, and how long they waited together. */
  waitCount: number;
  waitTimeMs: number;
  created: number;
  idleClosed: number;
  maxLifetimeClosed: number;
}

interface Member<T> extends PooledResource<T> {
  lastUsedMs: number;
  readonly expiresMs: number;
}

type Request<T> = PoolRequest<PooledResource<T>>;

/**
 * Lends resources that are dear to open, at most `capacity` at a time. Requests are served in the order they came;
 * the resource used last is lent first, so that the others grow idle. Who gets a resource gives it back exactly once,
 * with `put` when it is fit for use and with `discard` when it is not.
 */
export class Pool<T> {
  private capacity: number;
  /** Places taken. */
  private open = 0;
  /** Places of resources that are being destroyed; part of `open`. */
  private destroying = 0;
  /** By `lastUsedMs`, oldest first. */
  private readonly idle: Member<T>[] = [];
  private readonly lent = new Set<PooledResource<T>>();
  private readonly waiting = new Set<Request<T>>();
  /** Requests whose resource is being created or validated. */
  private readonly serving = new Set<Request<T>>();
  private closed = false;
  private pumping = false;
  private readonly drained: (() => void)[] = [];
  private cancelSweep?: CancelTimer;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly counters = {
    waitCount: 0,
    waitTimeMs: 0,
    created: 0,
    idleClosed: 0,
    maxLifetimeClosed: 0,
  };

  constructor(private readonly options: PoolOptions<T>) {
    assertCapacity(options.capacity);
    this.capacity = options.capacity;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
  }

  /** An idle resource, not validated, or undefined; costs no promise. */
  tryGet(): PooledResource<T> | undefined {
    if (this.closed) return undefined;
    const member = this.takeIdle();
    if (member) this.lent.add(member);
    return member;
  }

  /**
   * Lends a resource. Rejects with PoolTimeoutError, PoolClosedError, PoolWaitersFullError, what the signal stands
   * for, or what `create` threw.
   */
  async get(options: PoolGetOptions = {}): Promise<PooledResource<T>> {
    throwIfAborted(options.signal);
    if (this.closed) throw new PoolClosedError();
    if (!this.options.validate) {
      const member = this.tryGet();
      if (member) return member;
    }
    const request: Request<T> = new PoolRequest(options.signal, options.timeoutMs, this.clock, () => {
      this.waiting.delete(request);
    });
    if (this.waiting.size > 0 || !this.serve(request)) this.enqueue(request);
    return request.promise;
  }

  /** Takes a lent resource back that is fit to be lent again. */
  put(resource: PooledResource<T>): void {
    const member = this.takeBack(resource);
    if (this.closed || this.surplus > 0) return this.destroyMember(member);
    const nowMs = this.clock.monotonic();
    if (nowMs >= member.expiresMs) {
      this.counters.maxLifetimeClosed++;
      return this.destroyMember(member);
    }
    member.lastUsedMs = nowMs;
    this.addIdle(member);
  }

  /** Takes a lent resource back that must not be lent again, and destroys it. */
  discard(resource: PooledResource<T>): void {
    this.destroyMember(this.takeBack(resource));
  }

  /** Changes the capacity. When it shrinks, idle resources go now and lent ones when they come back. */
  setCapacity(capacity: number): void {
    assertCapacity(capacity);
    this.capacity = capacity;
    for (const member of this.idle.splice(0, Math.max(0, this.surplus))) this.destroyMember(member);
    this.pump();
  }

  /** The resources that are lent now, for whoever must interrupt their users. */
  *inUse(): IterableIterator<T> {
    for (const member of this.lent) yield member.resource;
  }

  /**
   * Ends the pool: requests that wait get PoolClosedError, idle resources are destroyed, lent ones when they are given
   * back. Waits at most `graceMs` for all of that and gives the number of resources still there.
   */
  async close(graceMs: number): Promise<number> {
    this.closed = true;
    this.cancelSweep?.();
    for (const request of [...this.waiting, ...this.serving]) request.fail(new PoolClosedError());
    for (const member of this.idle.splice(0)) this.destroyMember(member);
    if (this.open > 0) {
      await new Promise<void>((resolve) => {
        const cancelTimer = this.clock.after(graceMs, resolve);
        this.drained.push(() => {
          cancelTimer();
          resolve();
        });
      });
    }
    return this.open;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  stats(): PoolStats {
    return {
      capacity: this.capacity,
      available: this.idle.length + Math.max(0, this.capacity - this.open),
      inUse: this.lent.size,
      idle: this.idle.length,
      waiters: this.waiting.size,
      ...this.counters,
    };
  }

  /** Resources that are too many since the capacity shrank. */
  private get surplus(): number {
    return this.open - this.destroying - this.capacity;
  }

  private enqueue(request: Request<T>): void {
    if (this.waiting.size >= (this.options.maxWaiters ?? 5000)) {
      return request.fail(new PoolWaitersFullError(this.waiting.size));
    }
    this.counters.waitCount++;
    request.waitsSinceMs = this.clock.monotonic();
    this.waiting.add(request);
  }

  /** Serves waiting requests, oldest first, as long as there is something to serve them with. */
  private pump(): void {
    // Serving may free a place (an expired resource, a create that throws at once): the loop under way sees it.
    if (this.pumping || this.waiting.size === 0) return;
    this.pumping = true;
    try {
      for (const request of this.waiting) {
        if (!this.serve(request)) return;
        this.waiting.delete(request);
        this.counters.waitTimeMs += this.clock.monotonic() - request.waitsSinceMs;
      }
    } finally {
      this.pumping = false;
    }
  }

  /** Starts to serve a request; false when there is neither an idle resource nor a free place. */
  private serve(request: Request<T>): boolean {
    if (this.closed) return false;
    const member = this.takeIdle();
    if (member && !this.options.validate) {
      this.lend(request, member);
      return true;
    }
    if (!member && this.open >= this.capacity) return false;
    if (!member) this.open++;
    this.serving.add(request);
    void (member ? this.validateFor(request, member) : this.createFor(request));
    return true;
  }

  /** Creates a resource in a place that is already counted. */
  private async createFor(request: Request<T>): Promise<void> {
    let resource: T;
    try {
      resource = await this.options.create(request.signal);
    } catch (error) {
      this.serving.delete(request);
      request.fail(error);
      return this.releasePlace();
    }
    this.serving.delete(request);
    this.counters.created++;
    const nowMs = this.clock.monotonic();
    const { maxLifetimeMs = 0 } = this.options;
    const lifetimeMs = maxLifetimeMs > 0 ? maxLifetimeMs * (0.75 + 0.25 * this.random()) : Infinity;
    this.lend(request, {
      resource,
      createdMs: nowMs,
      lastUsedMs: nowMs,
      expiresMs: nowMs + lifetimeMs,
    });
  }

  private async validateFor(request: Request<T>, member: Member<T>): Promise<void> {
    let valid = false;
    try {
      valid = (await this.options.validate?.(member.resource)) ?? true;
    } catch {
      // A resource whose check fails is unfit like one that answers false; its user gets another one.
      valid = false;
    }
    this.serving.delete(request);
    if (valid) return this.lend(request, member);
    // The place of the unfit one is free once it is destroyed: the request goes on from the head of the queue.
    if (!request.isSettled) this.requeueFirst(request);
    this.destroyMember(member);
  }

  private requeueFirst(request: Request<T>): void {
    const others = [...this.waiting];
    this.waiting.clear();
    request.waitsSinceMs = this.clock.monotonic();
    for (const waiter of [request, ...others]) this.waiting.add(waiter);
    this.pump();
  }

  /** Hands the resource over, or keeps it when the request was given up meanwhile. */
  private lend(request: Request<T>, member: Member<T>): void {
    this.lent.add(member);
    if (!request.deliver(member)) this.put(member);
  }

  private takeBack(resource: PooledResource<T>): Member<T> {
    assert(this.lent.delete(resource), 'a resource was given back that this pool has not lent');
    return resource as Member<T>;
  }

  private takeIdle(): Member<T> | undefined {
    if (this.idle.length === 0) return undefined;
    const nowMs = this.clock.monotonic();
    for (let member = this.idle.pop(); member; member = this.idle.pop()) {
      if (nowMs < member.expiresMs) return member;
      this.counters.maxLifetimeClosed++;
      this.destroyMember(member);
    }
    return undefined;
  }

  private addIdle(member: Member<T>): void {
    this.idle.push(member);
    this.pump();
    this.armSweep();
  }

  private destroyMember(member: Member<T>): void {
    this.destroying++;
    const report = (error: unknown): void => this.options.onDestroyError?.(error);
    const gone = (): void => {
      this.destroying--;
      this.releasePlace();
    };
    let done: void | Promise<void> = undefined;
    try {
      done = this.options.destroy(member.resource);
    } catch (error) {
      report(error);
    }
    if (done) void done.catch(report).then(gone);
    else gone();
  }

  private releasePlace(): void {
    this.open--;
    assert(this.open >= 0, 'a pool released more places than it has');
    this.pump();
    if (this.closed && this.open === 0) for (const resolve of this.drained.splice(0)) resolve();
  }

  private armSweep(): void {
    const { idleTimeoutMs = 0, maxLifetimeMs = 0 } = this.options;
    const limits = [idleTimeoutMs, maxLifetimeMs].filter((ms) => ms > 0);
    if (limits.length === 0 || this.cancelSweep || this.idle.length === 0) return;
    const everyMs = Math.min(60_000, Math.max(10, Math.min(...limits) / 10));
    const sweep = (): void => {
      this.cancelSweep = undefined;
      this.sweep();
      this.armSweep();
    };
    this.cancelSweep = this.clock.after(everyMs, sweep, { background: true });
  }

  private sweep(): void {
    const { idleTimeoutMs = 0 } = this.options;
    const nowMs = this.clock.monotonic();
    const expired: Member<T>[] = [];
    const kept: Member<T>[] = [];
    for (const member of this.idle) {
      const tooIdle = idleTimeoutMs > 0 && nowMs - member.lastUsedMs >= idleTimeoutMs;
      const tooOld = nowMs >= member.expiresMs;
      if (tooIdle) this.counters.idleClosed++;
      else if (tooOld) this.counters.maxLifetimeClosed++;
      (tooIdle || tooOld ? expired : kept).push(member);
    }
    this.idle.splice(0, this.idle.length, ...kept);
    for (const member of expired) this.destroyMember(member);
  }
}

const assertCapacity = (capacity: number): void =>
  assert(Number.isInteger(capacity) && capacity > 0, 'pool capacity must be a positive integer');

export { PoolClosedError, PoolTimeoutError, PoolWaitersFullError };
