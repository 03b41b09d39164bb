import type { Logger } from './log';

/** A component that runs until it is told to stop. The same class serves a process of its own and a shared one. */
export interface Service {
  /** Resolves when it serves. Rejects when it cannot; then `stop` is still called once. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Says that it goes away soon: health turns to not serving, new connections are refused, while those there go on.
   */
  lameduck?(): void;
  /** Finishes what is under way, until the signal aborts, and frees everything. Called once, also after a failed start. */
  stop(signal: AbortSignal): Promise<void>;
}

/** What a component gets from its process. */
export interface ServiceContext {
  readonly log: Logger;
  /** Ends the process with exit code 1 after an orderly stop. */
  fail(error: unknown): void;
  /** Ends the process with exit code 0 after an orderly stop: the work of a one-time job is done. */
  finish(): void;
}
