import { Mutex, sleep } from '@vitess-ts/base';
import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';

export interface MysqldMonitorOptions {
  connect: () => ConnectOptions;
  /** How often mysqld is asked. Default 250 ms. */
  intervalMs?: number;
  /** An answer that takes longer counts as none. Default 1200 ms, so that with the interval two seconds suffice. */
  timeoutMs?: number;
  /** Asks what is to be asked, on the monitor's connection. Its errors count as "mysqld is down". */
  probe: (connection: MysqlConnection) => Promise<void>;
  /** Called at every change, and first of all. `error` says why it is down. */
  onUp: (isNew: boolean) => void;
  onDown: (error: Error) => void;
  /** Called when mysqld has not answered for `hungAfterMs` (default 10 s), and again as long as it does not. */
  onHung?: () => void;
  hungAfterMs?: number;
}

/** A timer that fires this late tells of our own event loop, which stood still, not of mysqld. */
const lateTimerMs = 200;

/**
 * Knows within two seconds whether mysqld answers: asks it again and again on a connection of its own. One failure
 * after which a new connection works is not "down".
 */
export class MysqldMonitor {
  private connection?: MysqlConnection;
  private up?: boolean;
  private readonly abort = new AbortController();
  /** One question at a time on the connection. */
  private readonly mutex = new Mutex();
  private loop?: Promise<void>;
  private wake: () => void = () => undefined;
  private hung?: NodeJS.Timeout;

  constructor(private readonly options: MysqldMonitorOptions) {}

  get isUp(): boolean {
    return this.up === true;
  }

  /** Begins to ask; resolves after the first answer or failure. */
  async start(): Promise<void> {
    await this.checkNow();
    this.loop ??= this.run();
  }

  /** Asks now and waits for the answer. */
  async checkNow(): Promise<void> {
    await this.mutex.runExclusive(() => this.check());
  }

  /** Asks at once instead of at the next interval: somebody saw a sign of trouble. */
  kick(): void {
    this.wake();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    clearInterval(this.hung);
    this.wake();
    await this.loop;
    await this.connection?.close();
    this.connection = undefined;
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      await this.pause(signal);
      if (!signal.aborted) await this.checkNow();
    }
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const waited = sleep(this.options.intervalMs ?? 250, stop.signal).catch(() => undefined);
    await Promise.race([woken, waited]);
    stop.abort();
    signal.removeEventListener('abort', onAbort);
  }

  private async check(): Promise<void> {
    const hadConnection = this.connection !== undefined;
    const deadlineMs = performance.now() + (this.options.timeoutMs ?? 1200);
    try {
      await this.ask(deadlineMs);
      this.setUp();
    } catch (first) {
      this.drop();
      if (!hadConnection || performance.now() >= deadlineMs) return this.setDown(first);
      try {
        await this.ask(deadlineMs);
        this.setUp();
      } catch (second) {
        this.drop();
        this.setDown(second);
      }
    }
  }

  private async ask(deadlineMs: number): Promise<void> {
    const { connect, probe } = this.options;
    const connectTimeoutMs = Math.max(1, Math.ceil(deadlineMs - performance.now()));
    this.connection ??= await MysqlConnection.connect({ ...connect(), connectTimeoutMs });
    const { connection } = this;
    const stop = atDeadline(deadlineMs, () => connection.destroy());
    try {
      await probe(connection);
    } finally {
      stop();
    }
  }

  private drop(): void {
    this.connection?.destroy();
    this.connection = undefined;
  }

  private setUp(): void {
    if (this.up) return;
    const isNew = this.up === undefined;
    this.up = true;
    clearInterval(this.hung);
    this.options.onUp(isNew);
  }

  private setDown(error: unknown): void {
    if (this.abort.signal.aborted || this.up === false) return;
    this.up = false;
    const { onHung, hungAfterMs = 10_000 } = this.options;
    if (onHung) this.hung = setInterval(onHung, hungAfterMs);
    this.options.onDown(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Calls `expire` at the deadline; once it waits as long again when our own event loop was the one that stood still. */
function atDeadline(deadlineMs: number, expire: () => void): () => void {
  const waitMs = deadlineMs - performance.now();
  let timer = setTimeout(() => {
    if (performance.now() - deadlineMs < lateTimerMs) return expire();
    timer = setTimeout(expire, waitMs);
  }, waitMs);
  return () => clearTimeout(timer);
}
