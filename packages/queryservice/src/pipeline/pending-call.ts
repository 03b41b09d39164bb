import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { CallContext } from '../query-service';
import { abortedError } from '../rpc-error';
import { STREAM_WINDOW } from './pipeline-definition';

/** What a call needs of its stream. */
export interface CallOwner {
  /** Forgets the call and tells the tablet that its answer is not wanted. */
  cancel(call: PendingCall): void;
  credit(call: PendingCall, results: number): void;
}

/** A call that waits for its answer. */
export abstract class PendingCall {
  /** Of `performance.now()`; Infinity for no limit. */
  readonly deadlineMs: number;
  private readonly signal: AbortSignal | undefined;

  constructor(
    readonly id: number,
    protected readonly owner: CallOwner,
    ctx: CallContext,
  ) {
    const { timeoutMs = Infinity } = ctx;
    this.deadlineMs = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    this.signal = ctx.signal;
    this.signal?.addEventListener('abort', this);
  }

  /** The signal's. */
  handleEvent(): void {
    this.giveUp(abortedError(this.signal as AbortSignal));
  }

  expire(): void {
    this.giveUp(new VtError(Code.DEADLINE_EXCEEDED, 'the tablet did not answer in time'));
  }

  /** The call has failed, whatever else may come. */
  fail(error: Error): void {
    this.settled();
    this.failed(error);
  }

  /** Columns of the results so far. */
  get columns(): number {
    return 0;
  }

  protected settled(): void {
    this.signal?.removeEventListener('abort', this);
  }

  private giveUp(error: Error): void {
    this.owner.cancel(this);
    this.fail(error);
  }

  protected abstract failed(error: Error): void;
}

/** A call with one answer. */
export class PendingAnswer<T> extends PendingCall {
  constructor(
    id: number,
    owner: CallOwner,
    ctx: CallContext,
    private readonly resolve: (answer: T) => void,
    private readonly reject: (error: Error) => void,
  ) {
    super(id, owner, ctx);
  }

  succeed(answer: T): void {
    this.settled();
    this.resolve(answer);
  }

  protected failed(error: Error): void {
    this.reject(error);
  }
}

/** A call whose results come one after the other. */
export class PendingStream extends PendingCall {
  private readonly results: Result[] = [];
  private width = 0;
  private ended = false;
  private error: Error | undefined;
  private waiter:
    { resolve: (step: IteratorResult<Result>) => void; reject: (error: Error) => void } | undefined;
  private taken = 0;

  override get columns(): number {
    return this.width;
  }

  add(result: Result): void {
    this.width = result.rows.columns;
    const { waiter } = this;
    if (waiter === undefined) {
      this.results.push(result);
      return;
    }
    this.waiter = undefined;
    this.tookOne();
    waiter.resolve({ done: false, value: result });
  }

  end(): void {
    this.ended = true;
    this.settled();
    this.waiter?.resolve(DONE);
    this.waiter = undefined;
  }

  next(): Promise<IteratorResult<Result>> {
    const result = this.results.shift();
    if (result !== undefined) {
      this.tookOne();
      return Promise.resolve({ done: false, value: result });
    }
    if (this.error !== undefined) {
      const { error } = this;
      this.error = undefined;
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  /** The reader has had enough. */
  leave(): void {
    this.results.length = 0;
    this.error = undefined;
    if (this.ended) return;
    this.ended = true;
    this.owner.cancel(this);
    this.settled();
  }

  protected failed(error: Error): void {
    this.ended = true;
    if (this.waiter === undefined) this.error = error;
    else this.waiter.reject(error);
    this.waiter = undefined;
  }

  private tookOne(): void {
    if (++this.taken < STREAM_WINDOW / 2 || this.ended) return;
    this.owner.credit(this, this.taken);
    this.taken = 0;
  }
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });
