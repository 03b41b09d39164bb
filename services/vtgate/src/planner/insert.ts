import { assert } from '@vitess-ts/base';
import {
  printExpr,
  type Expr,
  type Insert as InsertStatement,
  type InsertRows,
  type Query,
  type ValuesOf,
} from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import { columnOf, type Table } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import { Dml } from '../engine/dml';
import {
  Insert,
  sequenceVariable,
  type GeneratedColumn,
  type InsertRow,
  type RowEntries,
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
import { unknownColumn } from './semantics/errors';
import { findTable } from './semantics/known-table';
import { columnDefault } from './column-default';
import { EvaluatedValues } from './evaluated-values';
import { rowEntries, withoutDefault } from './row-entries';
import { planUpsert, uniqueKeysOf } from './upsert';
import { checkPure, isPure } from './semantics/pure-functions';
import { hasSubquery, walk, type Part } from './syntax-tree';

/** INSERT and REPLACE into a sharded keyspace, or into a table whose ids come from a sequence. */
export function planInsert(statement: InsertStatement, context: PlanContext): Plan {
  const table = writtenTable(statement, context);
  checkColumns(statement.columns, table);
  const named: InsertStatement = {
    ...statement,
    table: { name: table.name },
    columns: columnsOf(statement, table),
  };
  const meetsRows = mustFindRows(statement, table);
  const source = asRows(statement.source);
  if (source === undefined && meetsRows) throw notFromSelect(table);
  if (source === undefined) return planInsertSelect(named, statement.source as Query, table, context);
  for (const row of source.rows) checkRow(row, named.columns);
  if (table.type === 'reference' && table.keyspace.sharded) return everywhere(named, source, table, context);
  return rowsPlan(named, source, table, context, meetsRows);
}

/** A copy of a reference table takes its changes from the source. */
function writtenTable(statement: InsertStatement, context: PlanContext): Table {
  const { keyspace, name } = statement.table;
  const table = findTable(context.vschema, keyspace ?? context.keyspace, name, context.tabletType);
  if (table.source === undefined) return table;
  return findTable(context.vschema, table.source.keyspace, table.source.name, context.tabletType);
}

function columnsOf(statement: InsertStatement, table: Table): string[] {
  if (statement.columns.length > 0 || hasEmptyRows(statement)) return statement.columns;
  if (table.columnListAuthoritative) return table.columns.filter((c) => !c.invisible).map((c) => c.name);
  throw unsupported(
    `INSERT without a column list into table '${table.name}', whose columns are not known`,
    'name the columns',
  );
}

/** `VALUES ()`: all columns have their defaults. */
const hasEmptyRows = ({ source }: InsertStatement): boolean =>
  source.kind === 'rows' && source.rows.every((row) => row.length === 0);

function checkColumns(columns: readonly string[], table: Table): void {
  if (!table.columnListAuthoritative) return;
  const unknown = columns.find((name) => columnOf(table, name) === undefined);
  if (unknown !== undefined) throw unknownColumn(unknown, 'field list');
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
}

/**
 * Whether a row that is in the way is looked for on all shards: lookups must know what becomes of it, or it moves.
 * Elsewhere a unique key holds within a shard, which sees to it itself.
 */
function mustFindRows(statement: InsertStatement, table: Table): boolean {
  if (!table.keyspace.sharded || table.pinned !== undefined) return false;
  const mayMeet = statement.verb === 'replace' || statement.ignore || statement.onDuplicate.length > 0;
  const isOn = (column: string): boolean =>
    table.columnVindexes.some((v) => v.columns.some((c) => c.toLowerCase() === column.toLowerCase()));
  return (
    mayMeet &&
    (table.columnVindexes.some((v) => v.owned) || statement.onDuplicate.some((a) => isOn(a.column.name)))
  );
}

function notFromSelect(table: Table): Error {
  return unsupported(
    `REPLACE, IGNORE and ON DUPLICATE KEY UPDATE .. SELECT on table '${table.name}', whose vindexes must know each row`,
    'select the rows first and insert them by their values',
  );
}

function rowsPlan(
  statement: InsertStatement,
  source: InsertRows,
  table: Table,
  context: PlanContext,
  meetsRows: boolean,
): Plan {
  const isSpread = table.keyspace.sharded && table.pinned === undefined;
  const vindex = isSpread ? storingVindex(table, statement.ignore, context) : undefined;
  if (isSpread && vindex === undefined) throw unknownVindex(table);
  const entries = isSpread ? rowEntries(table, context) : [];
  const evaluated = new EvaluatedValues(context);
  const keys = meetsRows ? uniqueKeysOf(table, context) : [];
  const used = [vindex, ...entries, ...keys, { columns: valuesColumns(statement) }];
  const completed = withVindexColumns(statement.columns, source.rows, used, table, context);
  const known = completed.rows.map((row) =>
    row.map((expr) =>
      mustBeComputed(expr, completed.rows.length) ? evaluated.value(expr, 'a value') : expr,
    ),
  );
  const { columns, rows, generated } = withGenerated(completed.columns, known, table, evaluated, context);
  const written = meetsRows
    ? { ...statement, columns, onDuplicate: [], rowAlias: undefined }
    : { ...statement, columns };
  const { prefix, suffix } = textAround(written, context);
  const shared = variablesIn(written.onDuplicate);
  const needed = used.flatMap((v) => v?.columns ?? []);
  const complete = rows.map((row) => knownRow(row, columns, needed, evaluated));
  const insert = new Insert({
    keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
    table: table.name,
    prefix,
    suffix,
    rows: complete.map((row) => insertRow(row, columns, vindex, entries, shared)),
    vindex,
    entries,
    generated,
    evaluated: evaluated.build(),
    ...(table.pinned === undefined ? {} : { destination: { kind: 'keyspaceId', id: table.pinned } as const }),
  });
  if (rows.length > 1 && vindex !== undefined) checkPure(statement.onDuplicate);
  const valuesOf = (column: string): (ValueExpression | undefined)[] => {
    const i = columns.findIndex((c) => c.toLowerCase() === column.toLowerCase());
    return complete.map((row) => (i < 0 ? nullOr(columnDefault(table, column, context)) : valueOf(row[i])));
  };
  const primitive = meetsRows ? planUpsert(statement, table, insert, { valuesOf }, context) : insert;
  const isLocal = rows.length === 1 && entries.length === 0 && !meetsRows;
  return {
    type: vindex === undefined ? 'Passthrough' : isLocal ? 'Local' : 'MultiShard',
    primitive,
    tablesUsed: [`${table.keyspace.name}.${table.name}`],
    isDml: true,
  };
}

const nullOr = (expr: Expr | undefined): ValueExpression | undefined => expr && valueOf(expr);

/** The columns whose values ON DUPLICATE KEY UPDATE uses. */
function valuesColumns({ onDuplicate, rowAlias, columns }: InsertStatement): string[] {
  const names: string[] = [];
  walk(onDuplicate, (node) => {
    if (node.kind === 'valuesOf') names.push((node as ValuesOf).column.name);
  });
  // Of a row alias any column may be used.
  return rowAlias === undefined ? names : [...names, ...columns];
}

export function unknownVindex(table: Table): Error {
  return unsupported(
    `INSERT into table '${table.name}', whose primary vindex takes other columns than the vschema gives it`,
    'correct the vschema, or target a shard',
  );
}

/** What the rows of one statement must not compute for themselves: subqueries, and what differs from call to call. */
function mustBeComputed(expr: Expr, rows: number): boolean {
  return hasSubquery(expr) || (rows > 1 && !isPure(expr));
}

/** Gives columns of vindexes that the statement leaves out their defaults. */
function withVindexColumns(
  columns: readonly string[],
  rows: readonly Expr[][],
  vindexes: readonly (Pick<RowEntries, 'columns'> | undefined)[],
  table: Table,
  context: PlanContext,
): { columns: string[]; rows: Expr[][] } {
  const named = new Set(columns.map((c) => c.toLowerCase()));
  const generated = table.autoIncrement?.column.toLowerCase();
  const needed = new Set(vindexes.flatMap((v) => v?.columns ?? []).map((c) => c.toLowerCase()));
  const isDefault = (expr: Expr): boolean => expr.kind === 'default' && expr.column === undefined;
  const filled = rows.map((row) =>
    row.map((expr, i) => {
      const name = columns[i].toLowerCase();
      if (!isDefault(expr) || name === generated || !needed.has(name)) return expr;
      return columnDefault(table, name, context) ?? expr;
    }),
  );
  const missing = [...needed].filter((name) => !named.has(name) && name !== generated);
  const added = missing.flatMap((name) => {
    const value = columnDefault(table, name, context);
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    columns: [...columns, ...added.map((a) => a.name)],
    rows: filled.map((row) => [...row, ...added.map((a) => a.value)]),
  };
}

/** Puts the sequence's variable in place of the auto-increment column's values. */
function withGenerated(
  columns: readonly string[],
  rows: readonly Expr[][],
  table: Table,
  evaluated: EvaluatedValues,
  context: PlanContext,
): { columns: string[]; rows: Expr[][]; generated?: GeneratedColumn } {
  const { autoIncrement } = table;
  if (autoIncrement === undefined) return { columns: [...columns], rows: rows.map((r) => [...r]) };
  const index = columns.findIndex((c) => c.toLowerCase() === autoIncrement.column.toLowerCase());
  const at = index < 0 ? columns.length : index;
  const values = rows.map((row) =>
    index < 0 ? nullValue : generatedValue(row[index], autoIncrement.column, evaluated),
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

function generatedValue(expr: Expr, column: string, evaluated: EvaluatedValues): ValueExpression {
  if (expr.kind === 'default') return nullValue;
  return valueOf(expr) ?? knownValue(evaluated.value(expr, `auto-increment column '${column}'`));
}

/** The value of a bind variable. */
function knownValue(expr: Expr): ValueExpression {
  const value = valueOf(expr);
  assert(value !== undefined, 'a bind variable is a value');
  return value;
}

/** A row whose values in these columns are known before it is written, where it has any. */
function knownRow(
  row: readonly Expr[],
  columns: readonly string[],
  needed: readonly string[],
  evaluated: EvaluatedValues,
): Expr[] {
  const names = new Set(needed.map((c) => c.toLowerCase()));
  return row.map((expr, i) => {
    if (!names.has(columns[i].toLowerCase()) || expr.kind === 'default' || valueOf(expr) !== undefined) {
      return expr;
    }
    return evaluated.value(expr, `column '${columns[i]}', which a vindex or a key is on`);
  });
}

function insertRow(
  row: readonly Expr[],
  columns: readonly string[],
  vindex: StoringVindex | undefined,
  entries: readonly RowEntries[],
  shared: ReadonlySet<string>,
): InsertRow {
  const valuesOf = (names: readonly string[]): ValueExpression[] =>
    names.map((column) => {
      const i = columns.findIndex((c) => c.toLowerCase() === column.toLowerCase());
      if (i < 0 || row[i].kind === 'default') throw withoutDefault(column);
      return knownValue(row[i]);
    });
  return {
    sql: `(${row.map((expr) => printExpr(expr)).join(', ')})`,
    variables: [...variablesIn(row)].filter((name) => !shared.has(name)),
    vindexValues: valuesOf(vindex?.columns ?? []),
    entryValues: entries.map((e) => valuesOf(e.columns)),
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
