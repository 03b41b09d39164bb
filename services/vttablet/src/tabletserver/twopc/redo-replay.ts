import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import { countsFoundRows, noteFailure, readEntries, readStatements, type RedoStatement } from './redo-log';

/** Nobody else writes while the log is replayed: a lock that is held is held by another entry. */
const LOCK_WAIT_SECONDS = 2;
/** An entry that waits for another goes before it in the next round. */
const MAX_ROUNDS = 5;
const TIMEOUT_MS = 60_000;

/**
 * Does the statements of the redo log again and leaves their transactions open, prepared as they were before the crash.
 * It runs as the management account, which may write while the server is read-only.
 */
export class RedoReplay {
  constructor(
    /** Of the management account, with the tablet's database. */
    private readonly dba: () => ConnectOptions,
    private readonly onError: (error: unknown) => void,
    /** Told which prepared transactions are done again. */
    private readonly onReplay: (dtids: readonly string[]) => void = () => undefined,
  ) {}

  /**
   * Replays all entries. Rejects when one of them cannot be, and nothing is open then: what it would change must not be
   * written by others. Resolves to the connections by dtid.
   */
  async all(signal: AbortSignal | undefined): Promise<Map<string, MysqlConnection>> {
    let order = (await this.withConnection(readEntries)).map((entry) => entry.dtid);
    if (order.length > 0) this.onReplay(order);
    for (let round = 1; ; round++) {
      const opened = new Map<string, MysqlConnection>();
      const failed: { dtid: string; error: Error }[] = [];
      for (const dtid of order) {
        signal?.throwIfAborted();
        try {
          opened.set(dtid, await this.one(dtid));
        } catch (error) {
          failed.push({ dtid, error: error as Error });
        }
      }
      if (failed.length === 0) return opened;
      for (const connection of opened.values()) connection.destroy();
      if (round === MAX_ROUNDS) throw await this.failure(failed[0].dtid, failed[0].error);
      const first = failed.map((f) => f.dtid);
      order = [...first, ...order.filter((dtid) => !first.includes(dtid))];
    }
  }

  /** Opens the transaction of one entry. */
  async one(dtid: string): Promise<MysqlConnection> {
    const foundRows = await this.withConnection((c) => countsFoundRows(c, dtid));
    const connection = await MysqlConnection.connect({ ...this.dba(), foundRows });
    try {
      const statements = await readStatements(connection, dtid);
      await connection.query(
        `SET SESSION max_statement_time = 0, innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS},
         wait_timeout = 2147483, tx_isolation = 'READ-COMMITTED'`,
      );
      await connection.query('BEGIN');
      for (const [i, statement] of statements.entries()) await redo(connection, dtid, i + 1, statement);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  private async failure(dtid: string, cause: Error): Promise<VtError> {
    const message = `the prepared transaction ${dtid} cannot be done again: ${cause.message}`;
    await this.withConnection((c) => noteFailure(c, dtid, cause.message)).catch(this.onError);
    return new VtError(Code.FAILED_PRECONDITION, message, { cause });
  }

  private async withConnection<T>(run: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await MysqlConnection.connect(this.dba());
    try {
      return await run(connection);
    } finally {
      await connection.close();
    }
  }
}

async function redo(
  connection: MysqlConnection,
  dtid: string,
  id: number,
  { statement, timestamp, insertId, affectedRows }: RedoStatement,
): Promise<void> {
  const context = [
    ...(timestamp === '' ? [] : [`timestamp = ${timestamp}`]),
    ...(insertId === 0n ? [] : [`insert_id = ${insertId}`]),
  ];
  if (context.length > 0) await connection.query(`SET ${context.join(', ')}`);
  const result = await connection.query(statement, { timeoutMs: TIMEOUT_MS });
  if (affectedRows === undefined || result.rowsAffected === affectedRows) return;
  throw new VtError(
    Code.FAILED_PRECONDITION,
    `statement ${id} of ${dtid} changes ${result.rowsAffected} rows instead of ${affectedRows}`,
  );
}
