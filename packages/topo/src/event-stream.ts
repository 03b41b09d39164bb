import { onAbort } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { interrupted } from './errors';

const maxPending = 10_000;

/**
 * Events from a store to one reader of a watch. The store never waits: a reader that is `maxPending` events behind is
 * cut off with UNAVAILABLE and has to watch again.
 */
export class EventStream<T> implements AsyncIterable<T> {
  private pending: T[] = [];
  private failure?: VtError;
  private wake?: () => void;
  private readonly removeListener: () => void;

  /** @param onEnd is called once, when no further event will be taken. */
  constructor(
    private readonly what: string,
    signal: AbortSignal | undefined,
    private readonly onEnd: () => void = () => undefined,
  ) {
    this.removeListener = onAbort(signal, () => {
      this.pending = [];
      this.fail(interrupted(signal as AbortSignal, this.what));
    });
  }

  push(event: T): void {
    if (this.failure) return;
    if (this.pending.length >= maxPending) {
      this.pending = [];
      this.fail(
        new VtError(Code.UNAVAILABLE, `${this.what}: the reader is more than ${maxPending} events behind`),
      );
      return;
    }
    this.pending.push(event);
    this.wake?.();
  }

  /** Ends the stream: the reader gets what is pending, then this error. The first error counts. */
  fail(error: VtError): void {
    if (this.failure) return;
    this.failure = error;
    this.wake?.();
    // An abort that happened before the constructor returned finds no listener to remove.
    this.removeListener?.();
    this.onEnd();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        while (this.pending.length > 0) yield this.pending.shift() as T;
        if (this.failure) throw this.failure;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        this.wake = undefined;
      }
    } finally {
      this.pending = [];
      this.fail(new VtError(Code.CANCELED, `${this.what}: the reader is gone`));
    }
  }
}
