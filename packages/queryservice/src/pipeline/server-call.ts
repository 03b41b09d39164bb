import type { VTGateCallerID } from '@vitess-ts/proto/query';
import type { CallerID } from '@vitess-ts/proto/vtrpc';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { CallContext } from '../query-service';

/** A call that a tablet is answering, as the query API sees it. */
export class ServerCall implements CallContext {
  effectiveCallerId?: CallerID;
  immediateCallerId?: VTGateCallerID;
  readonly timeoutMs: number | undefined;
  readonly traceparent: string | undefined;
  private readonly controller = new AbortController();
  private creditWaiter: (() => void) | undefined;

  constructor(
    readonly id: number,
    timeoutMs: number,
    traceparent: string,
    /** Results that may be sent before the caller has taken any. */
    private credit: number,
  ) {
    this.timeoutMs = timeoutMs === 0 ? undefined : timeoutMs;
    this.traceparent = traceparent === '' ? undefined : traceparent;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isCanceled(): boolean {
    return this.controller.signal.aborted;
  }

  cancel(): void {
    this.controller.abort(new VtError(Code.CANCELED, 'the caller canceled the request'));
    this.wake();
  }

  grant(results: number): void {
    this.credit += results;
    this.wake();
  }

  /** Takes one result's credit; resolves when there is some, or the call is canceled. */
  async takeCredit(): Promise<void> {
    while (this.credit <= 0 && !this.isCanceled) {
      await new Promise<void>((resolve) => {
        this.creditWaiter = resolve;
      });
    }
    this.credit--;
  }

  private wake(): void {
    const waiter = this.creditWaiter;
    this.creditWaiter = undefined;
    waiter?.();
  }
}
