import { assert } from './assert';
import { abortError, onAbort, throwIfAborted } from './deadline';

export class QueueClosedError extends Error {
  override readonly name = 'QueueClosedError';
}

interface Taker<T> {
  resolve(item: T | undefined): void;
  reject(error: Error): void;
}

interface Putter<T> extends Taker<never> {
  item: T;
}

/**
 * A first-in first-out queue of at most `capacity` items between asynchronous producers and consumers. `undefined` is
 * not an item: `shift` gives it at the end.
 */
export class BoundedQueue<T extends NonNullable<unknown> | null> {
  private items: T[] = [];
  private head = 0;
  private readonly takers = new Set<Taker<T>>();
  private readonly putters = new Set<Putter<T>>();
  private closed = false;
  private failure?: Error;

  constructor(readonly capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'queue capacity must be a positive integer');
  }

  get size(): number {
    return this.items.length - this.head;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Adds an item if there is room now; false when the queue is full or closed. */
  tryPush(item: T): boolean {
    if (this.closed) return false;
    const [taker] = this.takers;
    if (taker) {
      this.takers.delete(taker);
      taker.resolve(item);
      return true;
    }
    if (this.size >= this.capacity) return false;
    this.items.push(item);
    return true;
  }

  /** Adds an item, waiting for room. Rejects with QueueClosedError, or with what the signal stands for. */
  async push(item: T, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (this.closed) throw this.failure ?? new QueueClosedError('queue is closed');
    if (this.putters.size === 0 && this.tryPush(item)) return;
    await this.wait<never, Putter<T>>(this.putters, signal, (waiter) => ({ ...waiter, item }));
  }

  /** Takes the oldest item, waiting for one; undefined once the queue is closed and empty. Rejects with `fail`'s error. */
  async shift(signal?: AbortSignal): Promise<T | undefined> {
    throwIfAborted(signal);
    if (this.size > 0) return this.take();
    if (this.failure) throw this.failure;
    if (this.closed) return undefined;
    return this.wait<T, Taker<T>>(this.takers, signal, (waiter) => waiter);
  }

  /** No more items; those inside can still be taken. Producers that wait for room get QueueClosedError. */
  close(): void {
    this.end(undefined);
  }

  /** Closes with an error that consumers see after the items inside. */
  fail(error: Error): void {
    this.end(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = await this.shift();
      if (item === undefined) return;
      yield item;
    }
  }

  private take(): T {
    const item = this.items[this.head];
    this.head++;
    if (this.head > 32 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    const [putter] = this.putters;
    if (putter) {
      this.putters.delete(putter);
      this.items.push(putter.item);
      putter.resolve(undefined);
    }
    return item;
  }

  private end(failure: Error | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.failure = failure;
    for (const putter of this.putters) putter.reject(failure ?? new QueueClosedError('queue is closed'));
    this.putters.clear();
    for (const taker of this.takers) {
      if (failure) taker.reject(failure);
      else taker.resolve(undefined);
    }
    this.takers.clear();
  }

  private wait<R, W extends Taker<R>>(
    waiters: Set<W>,
    signal: AbortSignal | undefined,
    build: (waiter: Taker<R>) => W,
  ): Promise<R | undefined> {
    return new Promise<R | undefined>((resolve, reject) => {
      const waiter = build({
        resolve(value) {
          removeListener();
          resolve(value);
        },
        reject(error) {
          removeListener();
          reject(error);
        },
      });
      const removeListener = onAbort(signal, () => {
        waiters.delete(waiter);
        reject(abortError(signal as AbortSignal));
      });
      waiters.add(waiter);
    });
  }
}
