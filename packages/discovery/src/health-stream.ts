import { Backoff, childSignal, sleep } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { tabletAliasString } from '@vitess-ts/proto';
import type { QueryService } from '@vitess-ts/queryservice';
import type { StreamHealthResponse } from '@vitess-ts/proto/query';

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
    const { retryDelayMs, maxRetryDelayMs } = this.options;
    const backoff = new Backoff({ initialMs: retryDelayMs, maxMs: maxRetryDelayMs });
    while (!signal.aborted) {
      const error = await this.follow(signal, () => backoff.reset());
      if (signal.aborted) return;
      this.onError(error);
      await pause(backoff.next(), signal);
    }
  }

  /** One stream from its beginning to its end; resolves to the reason. */
  private async follow(signal: AbortSignal, heard: () => void): Promise<Error> {
    const attempt = childSignal(signal);
    let silence = this.watchdog(attempt.abort);
    try {
      for await (const message of this.service.streamHealth({ signal: attempt.signal })) {
        clearTimeout(silence);
        silence = this.watchdog(attempt.abort);
        this.checkSender(message);
        heard();
        this.onMessage(message);
      }
      if (attempt.signal.aborted) return attempt.signal.reason as Error;
      return new VtError(Code.UNAVAILABLE, `tablet ${this.alias} ended its health stream`);
    } catch (error) {
      if (attempt.signal.aborted) return attempt.signal.reason as Error;
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      clearTimeout(silence);
      attempt.abort(new VtError(Code.CANCELED, 'the health stream is not read any longer'));
    }
  }

  private checkSender(message: StreamHealthResponse): void {
    const from = tabletAliasString(message.tabletAlias);
    if (from === '' || from === this.alias) return;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `health stream of tablet ${this.alias} is answered by ${from}: its address belongs to another tablet`,
    );
  }

  private watchdog(abort: (reason: Error) => void): NodeJS.Timeout {
    const { silenceTimeoutMs } = this.options;
    const text = `tablet ${this.alias} sent no health message for ${silenceTimeoutMs} ms`;
    return setTimeout(() => abort(new VtError(Code.DEADLINE_EXCEEDED, text)), silenceTimeoutMs).unref();
  }
}

/** Resolves after `ms`, or at once when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
