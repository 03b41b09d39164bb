import type { LockWait } from '@vitess-ts/proto/vtpipeline';
import type { MysqlConnection } from '@vitess-ts/mysql';

/** Who waits for whose row locks, as ids of connections. */
const waitsSql = `SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id
  FROM information_schema.innodb_lock_waits w
  JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
  JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id`;

/** `nameOf`: the gate's name of the transaction on a connection; '' for what no gate has named. */
export async function readLockWaits(
  connection: MysqlConnection,
  nameOf: (connectionId: number) => string,
): Promise<LockWait[]> {
  const { rows } = await connection.query(waitsSql);
  return rows
    .rows()
    .map(([waiting, blocking]) => ({
      waiting: nameOf(Number(String(waiting))),
      blocking: nameOf(Number(String(blocking))),
    }))
    .filter(({ waiting, blocking }) => waiting !== '' && blocking !== '' && waiting !== blocking);
}

/** InnoDB's tables are read anew only when nobody has looked for 0.1 s: who asks more often would see nothing new. */
const FRESH_MS = 150;

/** Lock waits of one server for all who ask, read no more often than they change. */
export class LockWaits {
  private last?: { waits: Promise<LockWait[]>; atMs: number };

  constructor(private readonly read: () => Promise<LockWait[]>) {}

  get(): Promise<LockWait[]> {
    const nowMs = performance.now();
    if (this.last === undefined || nowMs - this.last.atMs > FRESH_MS) {
      this.last = { waits: this.read(), atMs: nowMs };
      // What waits for it hears of it.
      this.last.waits.catch(() => undefined);
    }
    return this.last.waits;
  }
}
