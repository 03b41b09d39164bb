import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { outcomeOf, textOf, type Outcome } from './ledger';

export const BANK_SCHEMA = `
create table account (id bigint primary key, balance bigint not null);
create table transfer (id bigint primary key, source bigint not null, target bigint not null, amount bigint not null);
`;

const byHash = { column_vindexes: [{ column: 'id', name: 'hash' }] };

export const BANK_VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: { account: byHash, transfer: byHash },
};

export const ACCOUNTS = 64;
const BALANCE = 1000;
export const TOTAL = ACCOUNTS * BALANCE;
/** No statement may take longer: the gate gives up before. */
const STATEMENT_LIMIT_MS = 60_000;
const RECONNECT_MS = 20;
const PACE_MS = 5;

export interface Transfer {
  id: number;
  outcome: Outcome;
  endMs: number;
  error?: string;
}

/** Clients that move money between accounts on all shards, each move and its note in one transaction. */
export class Bank {
  readonly transfers: Transfer[] = [];
  private readonly abort = new AbortController();
  private readonly running: Promise<void>[] = [];
  private nextId = 1;

  constructor(
    private readonly connect: () => Promise<MysqlConnection>,
    private readonly clients: number,
  ) {}

  static async fill(db: MysqlConnection): Promise<void> {
    const rows = Array.from({ length: ACCOUNTS }, (_, i) => `(${i + 1}, ${BALANCE})`);
    await db.query(`insert into account (id, balance) values ${rows.join(', ')}`);
  }

  start(): void {
    for (let client = 0; client < this.clients; client++) this.running.push(this.work());
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.running);
  }

  count(outcome: Outcome): number {
    return this.transfers.filter((t) => t.outcome === outcome).length;
  }

  acknowledgedSince(sinceMs: number): number {
    return this.transfers.filter((t) => t.outcome === 'acknowledged' && t.endMs > sinceMs).length;
  }

  /** What failed most, for reports. */
  errors(): string[] {
    const counts = new Map<string, number>();
    for (const { error } of this.transfers) {
      if (error === undefined) continue;
      const kind = error.replace(/\d{6,}/g, 'N').slice(0, 140);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).map(([text, n]) => `${String(n).padStart(6)}  ${text}`);
  }

  private async work(): Promise<void> {
    let db: MysqlConnection | undefined;
    while (!this.abort.signal.aborted) {
      db ??= await this.reconnect();
      if (db === undefined) return;
      const id = this.nextId++;
      let outcome: Outcome = 'refused';
      let error: string | undefined;
      try {
        outcome = await move(db, id);
      } catch (failure) {
        outcome = failure instanceof CommitFailure ? outcomeOf(failure.cause) : 'refused';
        error = textOf(failure instanceof CommitFailure ? failure.cause : failure);
        // A connection with a failed transaction on it is not used again.
        db.destroy();
        db = undefined;
      }
      this.transfers.push({ id, outcome, error, endMs: performance.now() });
      await delay(PACE_MS);
    }
    await db?.close();
  }

  private async reconnect(): Promise<MysqlConnection | undefined> {
    while (!this.abort.signal.aborted) {
      try {
        const db = await this.connect();
        await db.query("set transaction_mode = 'TWOPC'", { timeoutMs: STATEMENT_LIMIT_MS });
        return db;
      } catch {
        // Nobody listens while the gate is started again.
        await delay(RECONNECT_MS);
      }
    }
    return undefined;
  }
}

class CommitFailure extends Error {
  constructor(override readonly cause: unknown) {
    super('the commit failed');
  }
}

async function move(db: MysqlConnection, id: number): Promise<Outcome> {
  const limit = { timeoutMs: STATEMENT_LIMIT_MS };
  const source = 1 + Math.floor(Math.random() * ACCOUNTS);
  const target = 1 + ((source + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS);
  const amount = 1 + Math.floor(Math.random() * 10);
  await db.query('begin', limit);
  await db.query(`update account set balance = balance - ${amount} where id = ${source}`, limit);
  await db.query(`update account set balance = balance + ${amount} where id = ${target}`, limit);
  await db.query(
    `insert into transfer (id, source, target, amount) values (${id}, ${source}, ${target}, ${amount})`,
    limit,
  );
  try {
    await db.query('commit', limit);
  } catch (error) {
    throw new CommitFailure(error);
  }
  return 'acknowledged';
}

/** What is wrong with the books; empty when nothing is. Nothing may be under way. */
export async function auditBank(db: MysqlConnection, transfers: readonly Transfer[]): Promise<string[]> {
  const problems: string[] = [];
  const balances = await numbers(db, 'select id, balance from account');
  const total = [...balances.values()].reduce((sum, [balance]) => sum + balance, 0);
  if (total !== TOTAL) problems.push(`the total is ${total}, not ${TOTAL}`);
  const notes = await numbers(db, 'select id, source, target, amount from transfer');
  for (const { id, outcome, error } of transfers) {
    if (outcome === 'acknowledged' && !notes.has(id))
      problems.push(`acknowledged transfer ${id} is not there`);
    if (outcome === 'refused' && notes.has(id)) problems.push(`refused transfer ${id} is there: ${error}`);
  }
  // The books are those of the notes, account by account.
  const expected = new Map([...balances.keys()].map((id) => [id, BALANCE]));
  for (const [source, target, amount] of notes.values()) {
    expected.set(source, (expected.get(source) ?? 0) - amount);
    expected.set(target, (expected.get(target) ?? 0) + amount);
  }
  for (const [id, [balance]] of balances) {
    if (balance !== expected.get(id))
      problems.push(`account ${id} has ${balance}, its notes give ${expected.get(id)}`);
  }
  return problems;
}

async function numbers(db: MysqlConnection, sql: string): Promise<Map<number, number[]>> {
  const { rows } = await db.query(sql, { timeoutMs: STATEMENT_LIMIT_MS });
  return new Map(
    rows.rows().map((row) => {
      const [id, ...rest] = row.map((value) => Number(String(value)));
      return [id, rest];
    }),
  );
}
