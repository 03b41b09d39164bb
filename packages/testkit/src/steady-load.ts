import { setTimeout as delay } from 'node:timers/promises';
import type { MysqlConnection } from '@vitess-ts/mysql';

export interface SteadyLoadOptions {
  connect: () => Promise<MysqlConnection>;
  /** The statement of a number that counts up from 1 over all lanes. */
  statement: (n: number) => string;
  /** Connections that are kept. Default 2; one more lane connects anew for each statement. */
  connections?: number;
  /** Between two statements of a lane. Default 5 ms. */
  paceMs?: number;
}

/** Statements without a pause, from kept and from new connections, to show that something goes unnoticed. */
export class SteadyLoad {
  /** Statements that succeeded. */
  done = 0;
  readonly failures: Error[] = [];
  /** Milliseconds of the slowest statement, connecting included. */
  slowestMs = 0;
  private n = 0;
  private stopping = false;
  private readonly lanes: Promise<void>[] = [];

  constructor(private readonly options: SteadyLoadOptions) {
    const { connections = 2 } = options;
    for (let i = 0; i < connections; i++) this.lanes.push(this.lane(true));
    this.lanes.push(this.lane(false));
  }

  /** Resolves when as many more statements have succeeded; rejects at the deadline. */
  async more(statements: number, deadlineMs: number): Promise<void> {
    const [wanted, endMs] = [this.done + statements, performance.now() + deadlineMs];
    while (this.done < wanted) {
      if (performance.now() > endMs) {
        throw new Error(`only ${this.done - wanted + statements} statements in ${deadlineMs} ms`, {
          cause: this.failures[0],
        });
      }
      await delay(10);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.lanes);
  }

  private async lane(keep: boolean): Promise<void> {
    const { connect, statement, paceMs = 5 } = this.options;
    let db: MysqlConnection | undefined;
    while (!this.stopping) {
      const startMs = performance.now();
      try {
        db ??= await connect();
        await db.query(statement(++this.n));
        this.done++;
      } catch (error) {
        this.failures.push(error instanceof Error ? error : new Error(String(error)));
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      if (!keep || db?.isAlive === false) {
        db?.destroy();
        db = undefined;
      }
      await delay(paceMs);
    }
    db?.destroy();
  }
}
