/** What must be stopped or removed at the end, however the end comes; the last one added goes first. */
export class Disposers {
  private readonly stack: (() => Promise<void> | void)[] = [];

  add(dispose: () => Promise<void> | void): void {
    this.stack.push(dispose);
  }

  /** Runs all, also when some fail; then rejects with the first failure. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.stack.pop(); next !== undefined; next = this.stack.pop()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Aborts on SIGINT and SIGTERM, so that what runs ends and is cleaned up. */
export function signalOfProcess(disposers: Disposers): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => controller.abort(new Error(`stopped by ${name}`));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  disposers.add(() => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  });
  return controller.signal;
}
