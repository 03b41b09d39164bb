import {
  Deferred,
  DeadlineExceededError,
  sleep,
  systemClock,
  withDeadline,
  type Clock,
} from '@vitess-ts/base';
import type { Logger } from './log';
import type { Service } from './service';
import { ExitCode, exitCodeOf } from './usage-error';

export interface LifecycleOptions {
  log: Logger;
  /** How long it says that it goes away before it stops. */
  lameduckPeriodMs: number;
  /** How long `stop` may take. */
  onTermTimeoutMs: number;
  clock?: Clock;
}

/**
 * Runs one service from start to end: `run` gives the exit code. A request to stop during the start aborts it; a
 * second one cuts the lameduck period and the draining short.
 */
export class Lifecycle {
  private readonly ending = new Deferred<void>();
  private readonly hurry = new AbortController();
  private readonly starting = new AbortController();
  private exitCode: ExitCode = ExitCode.OK;
  private isEnding = false;
  private lameduckWanted = true;

  constructor(private readonly options: LifecycleOptions) {}

  /** Ends the run with this reason; a second call hurries it. Safe at any time. */
  requestStop(reason: string): void {
    if (this.isEnding) {
      this.options.log.warn('asked to stop again: not waiting any longer', { reason });
      this.hurry.abort(new DeadlineExceededError('asked to stop a second time'));
      return;
    }
    this.options.log.info('stopping', { reason });
    this.end();
  }

  /** Ends the run with a failure. */
  fail(error: unknown): void {
    this.options.log.error('fatal error', { error });
    if (this.exitCode === ExitCode.OK) this.exitCode = exitCodeOf(error);
    this.lameduckWanted = false;
    if (!this.isEnding) this.end();
  }

  /** Ends the run because its work is done. */
  finish(): void {
    this.lameduckWanted = false;
    if (!this.isEnding) this.end();
  }

  async run(service: Service): Promise<ExitCode> {
    let started = false;
    try {
      await service.start(this.starting.signal);
      started = true;
    } catch (error) {
      // A start that was cut short by the request to stop has not failed.
      if (!this.isEnding) this.fail(error);
    }
    if (started) {
      await this.ending.promise;
      if (this.lameduckWanted) await this.lameduck(service);
    }
    await this.stop(service);
    return this.exitCode;
  }

  private end(): void {
    this.isEnding = true;
    this.starting.abort();
    this.ending.resolve();
  }

  private async lameduck(service: Service): Promise<void> {
    const { lameduckPeriodMs, clock, log } = this.options;
    if (!service.lameduck || lameduckPeriodMs <= 0 || this.hurry.signal.aborted) return;
    log.info('lameduck', { lameduckPeriodMs });
    try {
      service.lameduck();
      await sleep(lameduckPeriodMs, this.hurry.signal, clock);
    } catch (error) {
      if (!this.hurry.signal.aborted) this.fail(error);
    }
  }

  private async stop(service: Service): Promise<void> {
    const { onTermTimeoutMs, clock = systemClock, log } = this.options;
    try {
      await withDeadline(this.hurry.signal, onTermTimeoutMs, (signal) => service.stop(signal), clock);
      log.info('stopped');
    } catch (error) {
      log.error('stopping did not end well', { error });
      if (this.exitCode === ExitCode.OK) this.exitCode = ExitCode.FAILED;
    }
  }
}
