import type { BindVariables, Result, RowBatch } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { CpuSlice } from '../cpu-slice';
import type { ExecContext } from '../primitive';
import type { ScratchAccess, ScratchConnection } from './scratch-access';
import { literalOf } from './scratch-column';
import { createTableSql, INDEX_FROM_ROWS, insertSql, type ScratchInput } from './scratch-input';

/** Text of one INSERT; a row that is longer goes alone. */
const INSERT_BYTES = 256 * 1024;

/** Counts what one statement loads, and refuses more than it may. */
export class ScratchBudget {
  rows = 0;
  bytes = 0;

  constructor(private readonly limits: Pick<ScratchAccess, 'maxRows' | 'maxBytes'>) {}

  add(bytes: number): void {
    this.rows++;
    this.bytes += bytes;
    if (this.rows > this.limits.maxRows) throw exceeded('rows', 'scratch-max-rows', this.limits.maxRows);
    if (this.bytes > this.limits.maxBytes) throw exceeded('bytes', 'scratch-max-bytes', this.limits.maxBytes);
  }
}

function exceeded(what: string, flag: string, limit: number): VtError {
  return new VtError(
    Code.RESOURCE_EXHAUSTED,
    `the query needs more than ${limit} ${what} of several shards in one place (${flag}); narrow its conditions, ` +
      `write it so that each shard can answer for itself, or raise the limit`,
    { errno: 1114, sqlstate: 'HY000' },
  );
}

/** Makes the table of an input and fills it. Rows are read as fast as the server takes them. */
export async function loadRows(
  input: ScratchInput,
  ctx: ExecContext,
  bindVariables: BindVariables,
  connection: ScratchConnection,
  budget: ScratchBudget,
  dialect: 'mariadb' | 'mysql',
): Promise<void> {
  const table = new TableLoader(input, connection, dialect);
  const slice = new CpuSlice(ctx.signal);
  try {
    for await (const result of input.read.execute(ctx, bindVariables)) {
      const { rows } = result;
      for (let i = 0; i < rows.length; i++) {
        budget.add(table.add(rows, i));
        if (table.isFull) await table.flush();
        if (slice.due()) await slice.pause();
      }
    }
    await table.finish();
  } finally {
    await table.settled();
  }
}

class TableLoader {
  private readonly columns: ScratchInput['columns'];
  private texts: string[] = [];
  private length = 0;
  private rows = 0;
  /** ENUM values that are none of their members: the server warns of each. */
  private errorMembers = 0;
  private isCreated = false;
  private inserting: Promise<void> = Promise.resolve();

  constructor(
    private readonly input: ScratchInput,
    private readonly connection: ScratchConnection,
    private readonly dialect: 'mariadb' | 'mysql',
  ) {
    this.columns = input.columns;
  }

  get isFull(): boolean {
    return this.length >= INSERT_BYTES;
  }

  /** Takes row `i`; returns its size as text. */
  add(rows: RowBatch, i: number): number {
    const { columns } = this;
    const row = rows.row(i);
    let text = '(';
    for (let c = 0; c < columns.length; c++) {
      const literal = literalOf(columns[c].form, row[c]);
      if (columns[c].form.kind === 'member' && literal === '0') this.errorMembers++;
      text += c === 0 ? literal : `,${literal}`;
    }
    text += ')';
    this.texts.push(text);
    this.length += text.length + 1;
    this.rows++;
    return text.length;
  }

  /** Sends what there is, while the next rows may be read. */
  async flush(): Promise<void> {
    const sql = insertSql(this.input) + this.texts.join(',');
    const expectedWarnings = this.errorMembers;
    this.texts = [];
    this.length = 0;
    this.errorMembers = 0;
    await this.inserting;
    await this.create(true);
    this.inserting = this.insert(sql, expectedWarnings);
    this.inserting.catch(() => undefined);
  }

  async finish(): Promise<void> {
    if (this.texts.length > 0) {
      await this.inserting;
      await this.create(this.rows >= INDEX_FROM_ROWS);
      await this.flush();
    }
    await this.create(false);
    await this.inserting;
  }

  /** Resolves when no statement of this table runs any more. */
  async settled(): Promise<void> {
    await this.inserting.catch(() => undefined);
  }

  private async create(indexed: boolean): Promise<void> {
    if (this.isCreated) return;
    this.isCreated = true;
    const sql = createTableSql(this.input, indexed, this.dialect);
    await this.connection.execute({ sql, bindVariables: {} });
  }

  private async insert(sql: string, expectedWarnings: number): Promise<void> {
    const result: Result = await this.connection.execute({ sql, bindVariables: {} });
    if (result.warnings <= expectedWarnings) return;
    const { keyspace, table } = this.input;
    const [first] = result.warningList ?? [];
    throw new VtError(
      Code.INTERNAL,
      `a row of ${keyspace}.${table} changes when it is copied: ${first?.message ?? 'no warning is known'}`,
    );
  }
}
