import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { Ledger, outcomeOf, textOf, type Kind, type Outcome } from './ledger';

export const SCHEMA = `
create table entry (id bigint primary key, writer int);
create table item (owner bigint, n int, primary key (owner, n));
create table pair (id bigint primary key, txn bigint, key (txn));
create table counter (id bigint primary key, value bigint not null);
`;

const byHash = (column: string): object => ({ column_vindexes: [{ column, name: 'hash' }] });

export const VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: { entry: byHash('id'), item: byHash('owner'), pair: byHash('id'), counter: byHash('id') },
};

/** hash(1) is 166b.., hash(4) is d2fd..: a counter on each of the shards -80 and 80-. */
export const COUNTERS = [1, 4];

/** Time between two writes of one writer: the load is steady, not the most that the machine can do. */
const PACE_MS = 4;
/** No statement may take longer: the gate gives up before. */
export const STATEMENT_LIMIT_MS = 40_000;
const RECONNECT_MS = 20;

/** Several connections that write without a pause until they are stopped, and write down what they were told. */
export class Writers {
  private readonly abort = new AbortController();
  private readonly running: Promise<void>[] = [];
  private nextId = 1000;

  constructor(
    private readonly ledger: Ledger,
    private readonly connect: () => Promise<MysqlConnection>,
  ) {}

  start(): void {
    const writes: [Kind, (db: MysqlConnection, id: number) => Promise<Outcome>][] = [
      ['insert', insert],
      ['insert', insert],
      ['one-shard transaction', oneShardTransaction],
      ['two-shard transaction', twoShardTransaction],
      ['two-shard transaction', twoShardTransaction],
    ];
    for (const [kind, write] of writes) {
      this.running.push(this.write(kind, () => this.nextId++, write));
    }
    for (const id of COUNTERS) this.running.push(this.write('counter', () => id, increment));
  }

  get count(): number {
    return this.running.length;
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.running);
  }

  private async write(
    kind: Kind,
    idOf: () => number,
    write: (db: MysqlConnection, id: number) => Promise<Outcome>,
  ): Promise<void> {
    let db: MysqlConnection | undefined;
    while (!this.abort.signal.aborted) {
      db ??= await this.reconnect();
      if (db === undefined) return;
      const id = idOf();
      const startMs = performance.now();
      let outcome: Outcome = 'refused';
      let error: string | undefined;
      try {
        outcome = await write(db, id);
      } catch (failure) {
        outcome = failure instanceof WriteFailure ? failure.outcome : outcomeOf(failure);
        error = textOf(failure instanceof WriteFailure ? failure.cause : failure);
      }
      this.ledger.add({ kind, id, startMs, endMs: performance.now(), outcome, error });
      // A connection with a failed transaction on it is not used again.
      if (!db.isAlive || (error !== undefined && kind.endsWith('transaction'))) {
        db.destroy();
        db = undefined;
      }
      await delay(PACE_MS);
    }
    await db?.close();
  }

  private async reconnect(): Promise<MysqlConnection | undefined> {
    while (!this.abort.signal.aborted) {
      try {
        return await this.connect();
      } catch {
        // Nobody listens while the gate is started again.
        await delay(RECONNECT_MS);
      }
    }
    return undefined;
  }
}

/** A failure whose outcome depends on how far a transaction was. */
class WriteFailure extends Error {
  constructor(
    readonly outcome: Outcome,
    override readonly cause: unknown,
  ) {
    super('a write failed');
  }
}

const limit = { timeoutMs: STATEMENT_LIMIT_MS };

async function insert(db: MysqlConnection, id: number): Promise<Outcome> {
  await db.query(`insert into entry (id, writer) values (${id}, 1)`, limit);
  return 'acknowledged';
}

async function increment(db: MysqlConnection, id: number): Promise<Outcome> {
  await db.query(`update counter set value = value + 1 where id = ${id}`, limit);
  return 'acknowledged';
}

function oneShardTransaction(db: MysqlConnection, id: number): Promise<Outcome> {
  return transaction(db, [
    `insert into item (owner, n) values (${id}, 1)`,
    `insert into item (owner, n) values (${id}, 2)`,
  ]);
}

function twoShardTransaction(db: MysqlConnection, id: number): Promise<Outcome> {
  return transaction(
    db,
    pairIds(id).map((row) => `insert into pair (id, txn) values (${row}, ${id})`),
  );
}

export const PAIR_ROWS = 4;

/** Ids of the rows of one transaction: both shards have some, but for one transaction in eight. */
function pairIds(id: number): number[] {
  return Array.from({ length: PAIR_ROWS }, (_, i) => id * 10 + i);
}

async function transaction(db: MysqlConnection, statements: readonly string[]): Promise<Outcome> {
  try {
    await db.query('begin', limit);
    for (const sql of statements) await db.query(sql, limit);
  } catch (error) {
    // Whatever was lost, COMMIT was not sent: the transaction cannot be there.
    throw new WriteFailure('refused', error);
  }
  await db.query('commit', limit);
  return 'acknowledged';
}
