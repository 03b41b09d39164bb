import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ShopCluster } from '../drivers/shop-cluster.contract';

/** One `select *` that was answered: when it began (monotonic milliseconds) and the columns that it gave. */
export interface Observation {
  startMs: number;
  columns: string[];
}

export interface Failure {
  startMs: number;
  errno: number;
  message: string;
}

/** What statements got that began after a moment. */
export interface Settled {
  /** Each list of columns that `select *` gave, once. */
  columns: string[];
  /** Each error number, once. */
  errors: number[];
  attempts: number;
}

/**
 * Clients that insert rows `(id, v = 10 * id)` and read them with `select *`, one by one and over both shards, until
 * they are stopped. Each row that comes back is checked.
 */
export class TableLoad {
  readonly observations: Observation[] = [];
  readonly failures: Failure[] = [];
  /** What no server would have answered. */
  readonly wrong: string[] = [];
  private readonly stopped = new AbortController();
  private readonly running: Promise<void>[] = [];
  private nextId = 1;

  constructor(private readonly table: string) {}

  async start(shop: ShopCluster, clients: number): Promise<void> {
    for (let i = 0; i < clients; i++) {
      const db = await shop.gate();
      this.running.push(this.client(db, i).finally(() => db.end()));
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.running);
  }

  since(fromMs: number): Settled {
    const late = <T extends { startMs: number }>(list: T[]): T[] => list.filter((o) => o.startMs > fromMs);
    const observations = late(this.observations);
    const failures = late(this.failures);
    return {
      columns: [...new Set(observations.map((o) => o.columns.join()))],
      errors: [...new Set(failures.map((f) => f.errno))],
      attempts: observations.length + failures.length,
    };
  }

  private async client(db: Connection, number: number): Promise<void> {
    for (let turn = number; !this.stopped.signal.aborted; turn++) {
      const id = this.nextId++;
      const inserted = await this.attempt(async () => {
        await db.query(`insert into ${this.table} (id, v) values (${id}, ${id * 10})`);
      });
      const where = turn % 3 === 0 ? `where id between ${id - 5} and ${id}` : `where id = ${id}`;
      await this.read(db, where, inserted ? id : undefined);
    }
  }

  private read(db: Connection, where: string, own: number | undefined): Promise<boolean> {
    return this.attempt(async (startMs) => {
      const [rows, fields] = await db.query<RowDataPacket[]>(`select * from ${this.table} ${where}`);
      const columns = fields.map((f) => f.name);
      this.observations.push({ startMs, columns });
      if (own !== undefined && !rows.some((row) => row['id'] === String(own) || row['id'] === own)) {
        this.wrong.push(`row ${own} is not there right after it was inserted`);
      }
      for (const row of rows) this.check(row, columns);
    });
  }

  private check(row: RowDataPacket, columns: string[]): void {
    const text = JSON.stringify(row);
    if (Number(row['v']) !== Number(row['id']) * 10) this.wrong.push(`a wrong value in ${text}`);
    if (columns.includes('c') && Number(row['c']) !== 7) this.wrong.push(`not the default in ${text}`);
    if (columns.some((name) => !['id', 'v', 'c'].includes(name)))
      this.wrong.push(`unknown column in ${text}`);
  }

  private async attempt(run: (startMs: number) => Promise<void>): Promise<boolean> {
    const startMs = performance.now();
    try {
      await run(startMs);
      return true;
    } catch (error) {
      const { errno, message } = error as { errno?: number; message: string };
      this.failures.push({ startMs, errno: errno ?? -1, message });
      return false;
    }
  }
}
