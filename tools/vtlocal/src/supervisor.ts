import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processId, type ProcessId } from './state-file';

export interface ProgramSpec {
  /** Names the log file, too. */
  name: string;
  command: string;
  args: readonly string[];
  /** True when it serves; asked again and again after each start. */
  isReady: () => Promise<boolean>;
}

/** First delay before a program that ended is started again; doubled each time, to the longest. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;
/** A program that ran this long is taken as healthy: the next delay is the first again. */
const HEALTHY_AFTER_MS = 3_000;
const STOP_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 25;

/** Keeps one program running until it is told to stop: whatever ends it, it is started again. */
export class SupervisedProgram {
  private child?: ChildProcess;
  private id?: ProcessId;
  private stopping = false;
  private ended: Promise<void> = Promise.resolve();
  private delayMs = FIRST_DELAY_MS;
  private readonly wake = new AbortController();

  constructor(
    private readonly spec: ProgramSpec,
    private readonly logDir: string,
    /** Told at each launch, when `process` is the new one. */
    private readonly onLaunch: () => void = () => undefined,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get process(): ProcessId | undefined {
    return this.id;
  }

  /** Resolves when the program serves; rejects when it ends before, or when the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    this.launch();
    const first = this.child;
    while (!(await this.spec.isReady())) {
      if (this.child !== first || first?.exitCode !== null || first.signalCode !== null) {
        throw new Error(`${this.spec.name} ended while it was starting; see ${this.logFile()}`);
      }
      if (signal.aborted) throw new Error(`${this.spec.name} did not serve in time; see ${this.logFile()}`);
      await delay(READY_POLL_MS);
    }
  }

  /** SIGTERM, and SIGKILL when that does not end it in time. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.abort();
    const { child } = this;
    if (child === undefined) return;
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }

  private logFile(): string {
    return join(this.logDir, `${this.spec.name}.log`);
  }

  private launch(): void {
    const log = openSync(this.logFile(), 'a', 0o640);
    const startedAt = Date.now();
    // Its own group: Ctrl-C at the terminal reaches the supervisor alone, which stops the others in order.
    const child = spawn(this.spec.command, this.spec.args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.child = child;
    this.id = child.pid === undefined ? undefined : processId(child.pid);
    this.ended = new Promise((resolve) => {
      const end = (why: string): void => {
        resolve();
        void this.restart(why, startedAt);
      };
      child.once('exit', (code, signal) => end(signal ?? `code ${code}`));
      child.once('error', (error) => end(error.message));
    });
    this.onLaunch();
  }

  private async restart(why: string, startedAt: number): Promise<void> {
    if (this.stopping) return;
    if (Date.now() - startedAt >= HEALTHY_AFTER_MS) this.delayMs = FIRST_DELAY_MS;
    process.stderr.write(
      `vtlocal: ${this.spec.name} ended (${why}); starting it again in ${this.delayMs} ms\n`,
    );
    await delay(this.delayMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
    this.delayMs = Math.min(this.delayMs * 2, LONGEST_DELAY_MS);
    if (this.stopping) return;
    this.launch();
  }
}
