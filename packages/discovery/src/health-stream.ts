import { Code, VtError } from '@vitess-ts/vterrors';
import type { QueryService } from '@vitess-ts/queryservice';
import type { StreamHealthResponse } from '@vitess-ts/proto/query';
import { tabletAliasString } from '@vitess-ts/proto';

export interface HealthStreamOptions {
  retryDelayMs: number;
  maxRetryDelayMs: number;
  /** A stream that says nothing for this long counts as dead. */
  silenceTimeoutMs: number;
}

/**
 * Follows the health of one tablet until `signal` is aborted: reconnects with a growing delay, and ends a stream
 * that has gone silent or that answers for another tablet (an address that was given to somebody else).
 */
export class HealthStream {
  constructor(
    private readonly alias: string,
    private readonly service: QueryService,
    private readonly options: HealthStreamOptions,
    private readonly onMessage: (message: StreamHealthResponse) => void,
    private readonly onError: (error: Error) => void,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    let delay = this.options.retryDelayMs;
    while (!signal.aborted) {
      let heard = false;
      try {
        await this.follow(signal, () => (heard = true));
        this.report(signal, new VtError(Code.UNAVAILABLE, `tablet ${this.alias} ended its health stream`));
      } catch (error) {
        this.report(signal, error instanceof Error ? error : new Error(String(error)));
      }
      if (heard) delay = this.options.retryDelayMs;
      await pause(delay, signal);
      delay = Math.min(delay * 2, this.options.maxRetryDelayMs);
    }
  }

  private report(signal: AbortSignal, error: Error): void {
    if (!signal.aborted) this.onError(error);
  }

  private async follow(signal: AbortSignal, heard: () => void): Promise<void> {
    const attempt = new AbortController();
    const abort = (): void => attempt.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    let silence = this.watchdog(attempt);
    try {
      for await (const message of this.service.streamHealth({ signal: attempt.signal })) {
        clearTimeout(silence);
        silence = this.watchdog(attempt);
        const from = tabletAliasString(message.tabletAlias);
        if (from !== '' && from !== this.alias) {
          throw new VtError(
            Code.FAILED_PRECONDITION,
            `health stream of tablet ${this.alias} is answered by ${from}: its address belongs to another tablet`,
          );
        }
        heard();
        this.onMessage(message);
      }
      if (attempt.signal.aborted && !signal.aborted) throw this.silent();
    } catch (error) {
      throw attempt.signal.aborted && !signal.aborted ? this.silent() : error;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', abort);
      attempt.abort();
    }
  }

  private watchdog(attempt: AbortController): NodeJS.Timeout {
    const timer = setTimeout(() => attempt.abort(this.silent()), this.options.silenceTimeoutMs);
    timer.unref();
    return timer;
  }

  private silent(): VtError {
    return new VtError(
      Code.DEADLINE_EXCEEDED,
      `tablet ${this.alias} sent no health message for ${this.options.silenceTimeoutMs} ms`,
    );
  }
}

/** Resolves after `ms`, or at once when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
