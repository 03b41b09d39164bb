import { ListenerSet, Mutex } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { SqlError } from '@vitess-ts/vterrors';
import type { TableSchema } from '@vitess-ts/proto/vttsquery';
import { readSchema, type TableDefinition } from './read-schema';

export interface SchemaChange {
  version: number;
  /** Names that were created, altered or dropped, sorted. */
  tables: string[];
  views: string[];
}

export interface SchemaEngineOptions {
  database: string;
  /** Runs `fn` on a management connection that has no transaction open. */
  withConnection: <T>(fn: (connection: MysqlConnection) => Promise<T>) => Promise<T>;
  onError: (error: unknown) => void;
}

const statements = [
  'alter_table',
  'create_index',
  'create_table',
  'create_view',
  'drop_index',
  'drop_table',
  'drop_view',
  'rename_table',
  'alter_db',
  'drop_db',
];
const noSuchTable = 1146;

/**
 * What tables the database has. It is read again after each DDL of this tablet, and when mysqld's own counters of DDL
 * statements have moved, which sees those of replication and of other clients too.
 */
export class SchemaEngine {
  private definitions = new Map<string, TableDefinition>();
  private createStatements = new Map<string, string>();
  private readonly mutex = new Mutex();
  private queued?: Promise<void>;
  private counters = '';
  private polling?: Promise<void>;
  private currentVersion = 0;
  private readonly changes: ListenerSet<SchemaChange>;

  constructor(private readonly options: SchemaEngineOptions) {
    this.changes = new ListenerSet(options.onError);
  }

  /** Counts the changes since the start. */
  get version(): number {
    return this.currentVersion;
  }

  table(name: string): TableSchema | undefined {
    return this.definitions.get(name)?.schema;
  }

  tableNames(): string[] {
    return [...this.definitions.keys()].sort();
  }

  isView(name: string): boolean {
    return this.table(name)?.tableType === 'VIEW';
  }

  isSequence(name: string): boolean {
    return this.table(name)?.comment === 'vitess_sequence';
  }

  onChange(listener: (change: SchemaChange) => void): () => void {
    return this.changes.add(listener);
  }

  /** Reads everything again; what was changed before the call is known when it returns. */
  async reload(): Promise<void> {
    // A read that has begun may have missed the change: this call needs one that has not begun yet.
    this.queued ??= this.mutex.runExclusive(async () => {
      this.queued = undefined;
      await this.options.withConnection((connection) => this.read(connection));
    });
    await this.queued;
  }

  /**
   * Cheap: asks mysqld whether there was any DDL, and if so starts a reload. Rejects only when mysqld does not answer;
   * a reload that fails is reported and tried again at the next poll. `connection` is the monitor's.
   */
  async poll(connection: MysqlConnection): Promise<void> {
    const counters = await readCounters(connection);
    if (counters === this.counters || this.polling) return;
    this.polling = this.reload()
      .then(() => {
        this.counters = counters;
      })
      .catch((error: unknown) => this.options.onError(error))
      .finally(() => (this.polling = undefined));
  }

  /** Waits for a reload that a poll started. */
  async close(): Promise<void> {
    await this.polling;
  }

  /** Makes the next poll reload whatever the counters say: mysqld was restarted, or replaced. */
  forgetCounters(): void {
    this.counters = '';
  }

  /** The CREATE statements of tables or views, by name; names that do not exist are left out. */
  async createStatementsOf(names: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const missing: string[] = [];
    const cache = this.createStatements;
    for (const name of names) {
      const known = cache.get(name);
      if (known !== undefined) found.set(name, known);
      else if (this.definitions.has(name)) missing.push(name);
    }
    if (missing.length === 0) return found;
    await this.options.withConnection(async (connection) => {
      for (const name of missing) {
        const sql = await showCreate(connection, name);
        if (sql === undefined) continue;
        found.set(name, sql);
        cache.set(name, sql);
      }
    });
    return found;
  }

  private async read(connection: MysqlConnection): Promise<void> {
    const before = this.definitions;
    const after = await readSchema(connection, this.options.database);
    const changed = new Set<string>();
    for (const [name, definition] of after) {
      if (before.get(name)?.signature !== definition.signature) changed.add(name);
    }
    for (const name of before.keys()) if (!after.has(name)) changed.add(name);
    this.definitions = after;
    // A new map: a reader that fills the old one with what it read before the change does not spoil the new one.
    this.createStatements = new Map();
    if (changed.size === 0) return;
    this.currentVersion++;
    const isView = (name: string): boolean =>
      (after.get(name) ?? before.get(name))?.schema.tableType === 'VIEW';
    const names = [...changed].sort();
    this.changes.emit({
      version: this.currentVersion,
      tables: names.filter((name) => !isView(name)),
      views: names.filter(isView),
    });
  }
}

/** mysqld's counts of DDL statements since it started, as one text. */
export async function readCounters(connection: MysqlConnection): Promise<string> {
  const names = statements.map((name) => `'Com_${name}'`).join(',');
  const { rows } = await connection.query(
    `SHOW GLOBAL STATUS WHERE variable_name IN (${names}, 'Com_create_db')`,
    { timeoutMs: 1000 },
  );
  return rows
    .rows()
    .map((row) => row.join('='))
    .join(' ');
}

async function showCreate(connection: MysqlConnection, name: string): Promise<string | undefined> {
  try {
    // SHOW CREATE TABLE answers for views too, in its second column.
    const { rows } = await connection.query(`SHOW CREATE TABLE \`${name.replace(/`/g, '``')}\``, {
      timeoutMs: 10_000,
    });
    return rows.value(0, 1)?.toString('utf8');
  } catch (error) {
    // Dropped meanwhile, or a view whose table is gone: it has no definition to give.
    if (error instanceof SqlError && (error.errno === noSuchTable || error.errno === 1356)) return undefined;
    throw error;
  }
}
