import type { MysqlConnection } from '@vitess-ts/mysql';
import { SqlError } from '@vitess-ts/vterrors';

/** Runs KILL somewhere else than on the connection that is to be killed. */
export interface KillRunner {
  /** Runs a statement on a management connection; rejects when that is not possible in time. */
  runKill(sql: string): Promise<void>;
}

const noSuchThread = 1094;
const interrupted = 1317;

/**
 * Ends statements that run on mysqld. A KILL that races with the end of its statement hits the next one on that
 * connection; so a connection that was killed at may be used again only after `settle`.
 */
export class Killer {
  constructor(
    private readonly runner: KillRunner,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Ends the statement that the connection runs. Never rejects: when mysqld cannot be told, the connection is closed. */
  async killQuery(connection: MysqlConnection): Promise<void> {
    await this.kill('KILL QUERY', connection);
  }

  /** Ends the connection on mysqld as well, for one whose socket was or will be closed. Never rejects. */
  async killConnection(connection: MysqlConnection): Promise<void> {
    await this.kill('KILL', connection);
    connection.destroy();
  }

  /**
   * Makes a connection fit for use after its KILL was answered: a statement without effect takes the kill that came
   * too late. Destroys the connection when that fails.
   */
  async settle(connection: MysqlConnection): Promise<void> {
    if (!connection.isAlive) return;
    try {
      await connection.query('DO 0', { timeoutMs: 5000 });
    } catch (error) {
      if (error instanceof SqlError && error.errno === interrupted && connection.isAlive) return;
      connection.destroy();
    }
  }

  private async kill(verb: string, connection: MysqlConnection): Promise<void> {
    try {
      await this.runner.runKill(`${verb} ${connection.connectionId}`);
    } catch (error) {
      if (error instanceof SqlError && error.errno === noSuchThread) return;
      this.onError(error);
      connection.destroy();
    }
  }
}
