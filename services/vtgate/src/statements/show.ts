import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { quoteName, quoteString, printExpr, type Expr, type Show } from '@vitess-ts/sqlparser';
import { RowBatch, type Field, type Result } from '@vitess-ts/sqltypes';
import type { Backend } from '../executor/backend';
import type { Gateway } from '../executor/gateway';
import type { PlannedStatements } from '../executor/planned-statements';
import type { ProcessList } from '../executor/process-list';
import { logicalCondition } from '../executor/system-schema/logical-query';
import { logicalRows, nameColumns } from '../executor/system-schema/logical-rows';
import { isSystemSchema, physicalSchema } from '../executor/system-schema/schema-columns';
import type { StatementCall } from '../executor/statement-call';
import { LogicalNames } from '../mysqlfront/logical-names';
import { isColumn, rewrite } from '../planner/syntax-tree';
import { showProcesses } from './show-processes';
import type { ShowTransactions } from './show-transactions';
import { showVariables } from './show-variables';
import type { ShowVitess } from './show-vitess';
import { showWarnings } from './show-warnings';

/**
 * SHOW. What is about the cluster or the session is answered here; the rest by a server of the keyspace, with the
 * database's name as clients know it.
 */
export class ShowStatements {
  private readonly names: LogicalNames;

  constructor(
    private readonly backend: Backend,
    private readonly planned: PlannedStatements,
    private readonly vitess: ShowVitess,
    private readonly transactions: ShowTransactions,
    private readonly gateway: Pick<Gateway, 'keyspaces'>,
    private readonly processes: ProcessList,
  ) {
    this.names = new LogicalNames(gateway);
  }

  show(statement: Show, call: StatementCall): Promise<Result> {
    const own = this.vitess.show(statement, call.session);
    if (own !== undefined) return Promise.resolve(own);
    const transactions = this.transactions.show(statement);
    if (transactions !== undefined) return transactions;
    switch (statement.what) {
      case 'warnings':
      case 'errors':
      case 'count warnings':
      case 'count errors':
        return Promise.resolve(showWarnings(statement, call.session, this.names));
      case 'processlist':
        return Promise.resolve(showProcesses(statement, this.processes));
      case 'variables':
        return showVariables(statement, call, this.backend);
      case 'tables':
      case 'table status':
      case 'triggers':
      case 'open tables':
      case 'events':
        return this.ofKeyspace(statement, call);
      case 'columns':
      case 'index':
      case 'create table':
      case 'create view':
        return this.ofTable(statement, call);
      case 'create database':
        return this.createDatabase(statement, call);
      default:
        return this.ofServer(statement, call);
    }
  }

  /** SHOW TABLES and its kin: the connections' own database is the keyspace, so no name is sent. */
  private async ofKeyspace(statement: Show, call: StatementCall): Promise<Result> {
    const keyspace = statement.keyspace ?? this.requireKeyspace(call);
    const what = `${statement.full ? 'full ' : ''}${statement.what}`;
    if (isSystemSchema(keyspace)) {
      const sql = `show ${what} from ${quoteName(keyspace)}${this.conditions(statement, '')}`;
      return this.backend.query(call.session, call.call, '', sql);
    }
    const sql = `show ${what}${this.conditions(statement, keyspace)}`;
    const result = await this.backend.query(call.session, call.call, keyspace, sql);
    return this.logical({ ...result, fields: logicalHeader(result.fields, keyspace) });
  }

  private ofTable(statement: Show, call: StatementCall): Promise<Result> {
    const { table } = statement;
    if (table === undefined)
      throw new SqlError(1064, '42000', `SHOW ${statement.what.toUpperCase()} needs a table`);
    const qualified = { ...table, keyspace: statement.keyspace ?? table.keyspace };
    const keyspace = this.planned.keyspaceOfTable(qualified, call.session);
    const name = isSystemSchema(keyspace)
      ? `${quoteName(keyspace)}.${quoteName(table.name)}`
      : quoteName(table.name);
    const what = `${statement.extended ? 'extended ' : ''}${statement.full ? 'full ' : ''}${statement.what}`;
    const from = statement.what.startsWith('create') ? ' ' : ' from ';
    return this.backend.query(
      call.session,
      call.call,
      keyspace,
      `show ${what}${from}${name}${this.conditions(statement, '')}`,
    );
  }

  private async createDatabase(statement: Show, call: StatementCall): Promise<Result> {
    const keyspace =
      statement.keyspace ?? statement.table?.name ?? statement.argument ?? this.requireKeyspace(call);
    const sql = `show create database ${quoteName(`vt_${keyspace}`)}`;
    const result = await this.backend.query(call.session, call.call, keyspace, sql);
    return renameDatabase(result, keyspace);
  }

  /** Answers that do not depend on the keyspace: engines, collations, status, grants, processes of that server. */
  private async ofServer(statement: Show, call: StatementCall): Promise<Result> {
    if (!serverWide.has(statement.what)) {
      throw new VtError(
        Code.UNIMPLEMENTED,
        `unsupported: SHOW ${statement.what.toUpperCase()} through vtgate; ask the shard's own server`,
        { id: 'VT12001', errno: 1235, sqlstate: '42000' },
      );
    }
    const { keyspace } = call.session.target;
    const asked = statement.where;
    const sql = asked
      ? `show ${statement.full ? 'full ' : ''}${statement.what}${this.conditions(statement, keyspace)}`
      : statement.text;
    return this.logical(await this.backend.query(call.session, call.call, keyspace, sql));
  }

  /** LIKE or WHERE, for a server whose schema of `keyspace` has another name. */
  private conditions(statement: Show, keyspace: string): string {
    if (statement.like) return ` like ${quoteString(statement.like.value)}`;
    const { where } = statement;
    if (!where) return '';
    if (keyspace === '' || isSystemSchema(keyspace)) return ` where ${printExpr(where)}`;
    const known = { keyspace, keyspaces: this.gateway.keyspaces(), dialect: this.backend.flavor };
    return ` where ${printExpr(logicalCondition(renameColumn(where, keyspace), known))}`;
  }

  private logical(result: Result): Result {
    return logicalRows(result, nameColumns(result.fields), new Set(this.gateway.keyspaces()));
  }

  private requireKeyspace(call: StatementCall): string {
    const { keyspace } = call.session.target;
    if (keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
    return keyspace;
  }
}

const serverWide: ReadonlySet<string> = new Set([
  'character set',
  'charset',
  'collation',
  'contributors',
  'authors',
  'engine status',
  'engine',
  'engines',
  'storage engines',
  'function status',
  'procedure status',
  'package status',
  'package body status',
  'grants',
  'plugins',
  'privileges',
  'profiles',
  'status',
]);

/** `Tables_in_shop` as clients write it in WHERE is `Tables_in_vt_shop` on the server. */
function renameColumn(where: Expr, keyspace: string): Expr {
  const shown = `tables_in_${keyspace}`.toLowerCase();
  return rewrite(where, (node) =>
    isColumn(node) && node.name.toLowerCase() === shown
      ? { ...node, name: `Tables_in_${physicalSchema(keyspace)}` }
      : undefined,
  );
}

function logicalHeader(fields: Field[], keyspace: string): Field[] {
  const prefix = `Tables_in_vt_${keyspace}`;
  return fields.map((f) =>
    f.name.startsWith(prefix) ? { ...f, name: `Tables_in_${keyspace}${f.name.slice(prefix.length)}` } : f,
  );
}

function renameDatabase(result: Result, keyspace: string): Result {
  const rows = result.rows
    .rows()
    .map((row) =>
      row.map((v) =>
        v === null
          ? null
          : Buffer.from(v.toString('latin1').replaceAll(`vt_${keyspace}`, keyspace), 'latin1'),
      ),
    );
  return { ...result, rows: RowBatch.from(result.fields.length, rows) };
}
