import { quoteName } from '@vitess-ts/sqlparser';
import { emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { ExecContext, ResolvedShard } from '../primitive';
import { sumResults } from '../sum-results';
import { keyCondition, type ChangedTable, type LocatedRow } from './changed-table';

/** A statement that writes rows of one table by their keys: the condition stands between its two halves. */
export interface KeyedStatement {
  prefix: string;
  suffix: string;
}

/** Rows of one statement. */
const BATCH_ROWS = 200;

/** Writes rows by their keys, on the shards that they are on. */
export class KeyedWriter {
  constructor(
    private readonly ctx: ExecContext,
    private readonly table: ChangedTable,
    private readonly fields: readonly Field[],
  ) {}

  /** The same statement for all rows, in as few queries as may be. */
  async writeAll(
    statement: KeyedStatement,
    rows: readonly LocatedRow[],
    binds: BindVariables,
  ): Promise<Result> {
    const perShard = new Map<string, { shards: readonly ResolvedShard[]; rows: LocatedRow[] }>();
    for (const row of rows) {
      const name = row.shards.map((s) => s.shard).join(',');
      const entry = perShard.get(name) ?? { shards: row.shards, rows: [] };
      entry.rows.push(row);
      perShard.set(name, entry);
    }
    const size = this.table.key.isWholeRow ? 1 : BATCH_ROWS;
    const results: Result[] = [];
    for (let at = 0; ; at += size) {
      const parts = [...perShard.values()].flatMap(({ shards, rows: own }) => {
        const some = own.slice(at, at + size);
        return some.length === 0 ? [] : [{ shards, rows: some }];
      });
      if (parts.length === 0) return joined(results);
      results.push(await this.send(statement, parts, binds));
    }
  }

  writeOne(statement: KeyedStatement, row: LocatedRow, binds: BindVariables): Promise<Result> {
    return this.send(statement, [{ shards: row.shards, rows: [row] }], binds);
  }

  private async send(
    { prefix, suffix }: KeyedStatement,
    parts: readonly { shards: readonly ResolvedShard[]; rows: readonly LocatedRow[] }[],
    binds: BindVariables,
  ): Promise<Result> {
    const { key, sameOnEveryShard } = this.table;
    const sent = parts.flatMap(({ shards, rows }) => {
      const condition = keyCondition(key, this.fields, rows, quoteName);
      const limit = key.isWholeRow ? ` limit ${rows[0].count}` : '';
      const sql = `${prefix}${condition.sql}${suffix}${limit}`;
      return shards.map((shard) => ({
        shard,
        query: { sql, bindVariables: { ...binds, ...condition.binds } },
      }));
    });
    const results = await this.ctx.execute(
      sent.map((s) => s.shard),
      sent.map((s) => s.query),
      { isDml: true, canAutocommit: false },
    );
    return sameOnEveryShard ? results[0] : sumResults(results);
  }
}

/** The results of several statements as those of one. */
export function joined(results: readonly Result[]): Result {
  return results.length === 0 ? emptyResult() : sumResults(results);
}
