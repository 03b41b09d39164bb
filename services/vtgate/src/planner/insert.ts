import {
  printExpr,
  type Expr,
  type Insert as InsertStatement,
  type InsertRows,
  type Query,
} from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import type { Table } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import { Dml } from '../engine/dml';
import {
  Insert,
  sequenceVariable,
  type GeneratedColumn,
  type InsertRow,
  type StoringVindex,
} from '../engine/insert';
import { unsupported } from '../engine/unsupported';
import type { ValueExpression } from '../engine/value-expression';
import { planInsertSelect } from './insert-select';
import { textAround } from './insert-text';
import { storingVindex } from './operators/storing-vindex';
import { valueOf } from './operators/value';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { findTable } from './semantics/known-table';
import { checkPure } from './semantics/pure-functions';
import { hasSubquery, walk, type Part } from './syntax-tree';
import { checkVindexColumn } from './update';

/** INSERT and REPLACE into a sharded keyspace, or into a table whose ids come from a sequence. */
export function planInsert(statement: InsertStatement, context: PlanContext): Plan {
  const table = writtenTable(statement, context);
  for (const { column } of statement.onDuplicate) checkVindexColumn(table, column.name);
  const named: InsertStatement = {
    ...statement,
    table: { name: table.name },
    columns: columnsOf(statement, table),
  };
  const source = asRows(statement.source);
  if (source === undefined) return planInsertSelect(named, statement.source as Query, table, context);
  for (const row of source.rows) checkRow(row, named.columns);
  if (table.type === 'reference' && table.keyspace.sharded) return everywhere(named, source, table, context);
  return rowsPlan(named, source, table, context);
}

/** A copy of a reference table takes its changes from the source. */
function writtenTable(statement: InsertStatement, context: PlanContext): Table {
  const { keyspace, name } = statement.table;
  const table = findTable(context.vschema, keyspace ?? context.keyspace, name, context.tabletType);
  if (table.source === undefined) return table;
  return findTable(context.vschema, table.source.keyspace, table.source.name, context.tabletType);
}

function columnsOf(statement: InsertStatement, table: Table): string[] {
  if (statement.columns.length > 0) return statement.columns;
  if (table.columnListAuthoritative) return table.columns.filter((c) => !c.invisible).map((c) => c.name);
  throw unsupported(
    `INSERT without a column list into table '${table.name}', whose columns are not known`,
    'name the columns',
  );
}

/** The rows of VALUES, or of a SELECT of one row without tables. */
function asRows(source: InsertRows | Query): InsertRows | undefined {
  if (source.kind === 'rows') return source;
  if (source.kind === 'values') return { kind: 'rows', rows: source.rows };
  return undefined;
}

function checkRow(row: readonly Expr[], columns: readonly string[]): void {
  if (row.length !== columns.length) {
    throw new SqlError(1136, '21S01', `Column count doesn't match value count at row 1`);
  }
  if (hasSubquery(row)) {
    throw unsupported(
      'a subquery in the values of an INSERT into a sharded keyspace',
      'read the value first',
    );
  }
}

function rowsPlan(statement: InsertStatement, source: InsertRows, table: Table, context: PlanContext): Plan {
  const vindex =
    table.keyspace.sharded && table.pinned === undefined
      ? storingVindex(table, statement.ignore, context)
      : undefined;
  if (table.keyspace.sharded && table.pinned === undefined && vindex === undefined) {
    throw unsupported(
      `INSERT into table '${table.name}', whose primary vindex has several columns`,
      'target a shard',
    );
  }
  const { columns, rows, generated } = withGenerated(statement.columns, source.rows, table, context);
  const { prefix, suffix } = textAround({ ...statement, columns }, context);
  const shared = variablesIn(statement.onDuplicate);
  const primitive = new Insert({
    keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
    table: table.name,
    prefix,
    suffix,
    rows: rows.map((row) => insertRow(row, columns, vindex, shared)),
    vindex,
    generated,
    ...(table.pinned === undefined ? {} : { destination: { kind: 'keyspaceId', id: table.pinned } as const }),
  });
  if (rows.length > 1 && vindex !== undefined) checkPure([rows, statement.onDuplicate]);
  return {
    type: vindex === undefined ? 'Passthrough' : rows.length === 1 ? 'Local' : 'MultiShard',
    primitive,
    tablesUsed: [`${table.keyspace.name}.${table.name}`],
    isDml: true,
  };
}

/** Puts the sequence's variable in place of the auto-increment column's values. */
function withGenerated(
  columns: readonly string[],
  rows: readonly Expr[][],
  table: Table,
  context: PlanContext,
): { columns: string[]; rows: Expr[][]; generated?: GeneratedColumn } {
  const { autoIncrement } = table;
  if (autoIncrement === undefined) return { columns: [...columns], rows: rows.map((r) => [...r]) };
  const index = columns.findIndex((c) => c.toLowerCase() === autoIncrement.column.toLowerCase());
  const at = index < 0 ? columns.length : index;
  const values = rows.map((row) =>
    index < 0 ? nullValue : generatedValue(row[index], autoIncrement.column),
  );
  return {
    columns: index < 0 ? [...columns, autoIncrement.column] : [...columns],
    rows: rows.map((row, i) => {
      const filled = [...row];
      filled[at] = { kind: 'arg', name: sequenceVariable(i) };
      return filled;
    }),
    generated: {
      keyspace: autoIncrement.sequence.keyspace,
      sequence: autoIncrement.sequence.name,
      values,
      zeroGenerates: !/\bNO_AUTO_VALUE_ON_ZERO\b/i.test(context.planning.sqlMode),
    },
  };
}

const nullValue: ValueExpression = {
  kind: 'literal',
  value: { type: Type.NULL_TYPE, value: Buffer.alloc(0) },
};

function generatedValue(expr: Expr, column: string): ValueExpression {
  if (expr.kind === 'default') return nullValue;
  const value = valueOf(expr);
  if (value === undefined) {
    throw unsupported(
      `the expression ${printExpr(expr)} for auto-increment column '${column}'`,
      'give a value or NULL',
    );
  }
  return value;
}

function insertRow(
  row: readonly Expr[],
  columns: readonly string[],
  vindex: StoringVindex | undefined,
  shared: ReadonlySet<string>,
): InsertRow {
  const vindexValues = (vindex?.columns ?? []).map((column) => {
    const i = columns.findIndex((c) => c.toLowerCase() === column.toLowerCase());
    if (i < 0 || row[i].kind === 'default') {
      throw new SqlError(1364, 'HY000', `Field '${column}' doesn't have a default value`);
    }
    const value = valueOf(row[i]);
    if (value === undefined) {
      throw unsupported(
        `the expression ${printExpr(row[i])} for column '${column}', which decides the row's shard`,
        'compute the value first and pass it in',
      );
    }
    return value;
  });
  return {
    sql: `(${row.map((expr) => printExpr(expr)).join(', ')})`,
    variables: [...variablesIn(row)].filter((name) => !shared.has(name)),
    vindexValues,
  };
}

function variablesIn(part: Part): Set<string> {
  const names = new Set<string>();
  walk(part, (node) => {
    if (node.kind === 'arg' || node.kind === 'listArg') names.add((node as { name?: string }).name ?? '');
  });
  return names;
}

/** A reference table has the same rows on all shards. */
function everywhere(
  statement: InsertStatement,
  source: InsertRows,
  table: Table,
  context: PlanContext,
): Plan {
  checkPure([source, statement.onDuplicate]);
  if (table.autoIncrement !== undefined) {
    throw unsupported('INSERT into a reference table with a sequence', 'give the table a source keyspace');
  }
  const tables = [`${table.keyspace.name}.${table.name}`];
  const primitive = new Dml({
    operator: 'Insert',
    keyspace: { name: table.keyspace.name, sharded: true },
    routing: { opcode: 'Scatter' },
    query: context.sql({ ...statement, source }),
    tables,
    sameOnEveryShard: true,
  });
  return { type: 'Scatter', primitive, tablesUsed: tables, isDml: true };
}
