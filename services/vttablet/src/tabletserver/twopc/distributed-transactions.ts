import { TransactionState, type Target, type TransactionMetadata } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { quoteString } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ConnectionPool } from '../connection-pool';
import { inTransaction, nowNs } from './redo-log';

/** Tables of what this shard decides; those of Vitess. */
export const distributedTransactionTables = [
  `CREATE TABLE IF NOT EXISTS _vt.dt_state (
  dtid VARBINARY(512) NOT NULL,
  state BIGINT NOT NULL,
  time_created BIGINT NOT NULL,
  PRIMARY KEY (dtid),
  KEY time_created_idx (time_created)
) ENGINE = InnoDB CHARSET = utf8mb4`,
  `CREATE TABLE IF NOT EXISTS _vt.dt_participant (
  dtid VARBINARY(512) NOT NULL,
  id BIGINT NOT NULL,
  keyspace VARCHAR(256) NOT NULL,
  shard VARCHAR(256) NOT NULL,
  PRIMARY KEY (dtid, id)
) ENGINE = InnoDB CHARSET = utf8mb4`,
] as const;

/** The distributed transactions whose decision this shard keeps: it is their metadata manager. */
export class DistributedTransactions {
  constructor(private readonly pool: ConnectionPool) {}

  async create(dtid: string, participants: readonly Target[], signal?: AbortSignal): Promise<void> {
    const id = quoteString(dtid);
    await inTransaction(this.pool, signal, async (c) => {
      await c.query(
        `INSERT INTO _vt.dt_state (dtid, state, time_created) VALUES (${id}, ${TransactionState.PREPARE}, ${nowNs()})`,
      );
      const rows = participants.map(
        (p, i) => `(${id}, ${i + 1}, ${quoteString(p.keyspace)}, ${quoteString(p.shard)})`,
      );
      await c.query(`INSERT INTO _vt.dt_participant (dtid, id, keyspace, shard) VALUES ${rows.join(', ')}`);
    });
  }

  /** FAILED_PRECONDITION when the decision to commit has fallen; NOT_FOUND for one that is not known. */
  async setRollback(dtid: string, signal?: AbortSignal): Promise<void> {
    const id = quoteString(dtid);
    const state = await inTransaction(this.pool, signal, async (c) => {
      // Waits for a decision that is being committed.
      const { rows } = await c.query(`SELECT state FROM _vt.dt_state WHERE dtid = ${id} FOR UPDATE`);
      if (rows.length === 0) return TransactionState.UNKNOWN;
      const before = Number(String(rows.value(0, 0)));
      if (before !== TransactionState.PREPARE) return before;
      await c.query(`UPDATE _vt.dt_state SET state = ${TransactionState.ROLLBACK} WHERE dtid = ${id}`);
      return TransactionState.ROLLBACK;
    });
    if (state === TransactionState.ROLLBACK) return;
    if (state === TransactionState.UNKNOWN) {
      throw new VtError(Code.NOT_FOUND, `the distributed transaction ${dtid} is not known`);
    }
    throw new VtError(Code.FAILED_PRECONDITION, `the distributed transaction ${dtid} is committed`);
  }

  async conclude(dtid: string, signal?: AbortSignal): Promise<void> {
    const id = quoteString(dtid);
    await inTransaction(this.pool, signal, async (c) => {
      await c.query(`DELETE FROM _vt.dt_state WHERE dtid = ${id}`);
      await c.query(`DELETE FROM _vt.dt_participant WHERE dtid = ${id}`);
    });
  }

  async read(
    dtid: string,
    keyspaceOf: Target,
    signal?: AbortSignal,
  ): Promise<TransactionMetadata | undefined> {
    const where = `WHERE dtid = ${quoteString(dtid)}`;
    const [found] = await this.list(where, keyspaceOf, signal);
    return found;
  }

  /** Those that were created `ageMs` ago or earlier. */
  async unresolved(ageMs: number, target: Target, signal?: AbortSignal): Promise<TransactionMetadata[]> {
    const latest = nowNs() - BigInt(Math.round(ageMs)) * 1_000_000n;
    return this.list(`WHERE time_created <= ${latest}`, target, signal);
  }

  private async list(where: string, { cell }: Target, signal?: AbortSignal): Promise<TransactionMetadata[]> {
    return inTransaction(this.pool, signal, async (c) => {
      const { rows } = await c.query(
        `SELECT dtid, state, time_created FROM _vt.dt_state ${where} ORDER BY time_created, dtid LIMIT 1000`,
      );
      const all: TransactionMetadata[] = [];
      for (const [dtid, state, time] of rows.rows()) {
        all.push({
          dtid: String(dtid),
          state: Number(String(state)) as TransactionState,
          timeCreated: BigInt(String(time)),
          participants: await participantsOf(c, String(dtid), cell),
        });
      }
      return all;
    });
  }
}

/** Turns the decision into COMMIT, on the transaction's own connection. False when it is ROLLBACK by now. */
export async function decideCommit(connection: MysqlConnection, dtid: string): Promise<boolean> {
  const { rowsAffected } = await connection.query(
    `UPDATE _vt.dt_state SET state = ${TransactionState.COMMIT}
     WHERE dtid = ${quoteString(dtid)} AND state = ${TransactionState.PREPARE}`,
  );
  return rowsAffected === 1n;
}

async function participantsOf(connection: MysqlConnection, dtid: string, cell: string): Promise<Target[]> {
  const { rows } = await connection.query(
    `SELECT keyspace, shard FROM _vt.dt_participant WHERE dtid = ${quoteString(dtid)} ORDER BY id`,
  );
  return rows.rows().map(([keyspace, shard]) => ({
    keyspace: String(keyspace),
    shard: String(shard),
    tabletType: TabletType.PRIMARY,
    cell,
  }));
}
