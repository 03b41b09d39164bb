import type { Do, TableAdmin } from '@vitess-ts/sqlparser';
import { printExpr } from '@vitess-ts/sqlparser';
import { RowBatch, emptyResult, type Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Backend } from '../executor/backend';
import type { PlannedStatements } from '../executor/planned-statements';
import { withoutQualifiers } from '../executor/sql-text';
import type { StatementCall } from '../executor/statement-call';
import { logicalTableNames } from '../executor/system-schema/logical-rows';

/** DO, and the maintenance of tables. */
export class AdministrationStatements {
  constructor(
    private readonly backend: Backend,
    private readonly planned: PlannedStatements,
  ) {}

  /** DO evaluates and shows nothing. */
  async do(statement: Do, call: StatementCall): Promise<Result> {
    const exprs = statement.exprs.map((expr) => printExpr(expr));
    await this.planned.select(`select ${exprs.join(', ')}`, call);
    return emptyResult();
  }

  /** ANALYZE, OPTIMIZE, CHECK and REPAIR TABLE on every shard; what shards say alike is shown once. */
  async tables(statement: TableAdmin, call: StatementCall): Promise<Result> {
    const { session } = call;
    const keyspaces = new Set(statement.tables.map((table) => this.planned.keyspaceOfTable(table, session)));
    const [keyspace] = keyspaces;
    if (keyspaces.size !== 1)
      throw unsupported(`${statement.action.toUpperCase()} TABLE over several keyspaces`);
    const sql = withoutQualifiers(statement.text, statement.start ?? 0, statement.tables);
    const results = await this.backend.queryAllShards(session, call.call, keyspace, sql);
    if (statement.action === 'checksum' && results.length > 1) {
      throw unsupported('CHECKSUM TABLE of a table on several shards; USE one shard');
    }
    const rows = results.flatMap((result) => result.rows.rows());
    const texts = new Set<string>();
    const distinct = rows.filter((row) => {
      const text = JSON.stringify(row.map((v) => v?.toString('latin1') ?? null));
      return !texts.has(text) && texts.add(text);
    });
    const [{ fields }] = results;
    return logicalTableNames(emptyResult({ fields, rows: RowBatch.from(fields.length, distinct) }), keyspace);
  }
}

function unsupported(what: string): VtError {
  return new VtError(Code.UNIMPLEMENTED, `unsupported: ${what}`, {
    id: 'VT12001',
    errno: 1235,
    sqlstate: '42000',
  });
}
