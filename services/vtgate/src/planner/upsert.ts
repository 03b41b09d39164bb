import type {
  Assignment,
  Delete,
  Expr,
  Insert as InsertStatement,
  TableRef,
  Update,
} from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import type { Insert } from '../engine/insert';
import { Upsert, keyVariable, type UpsertKey } from '../engine/upsert';
import { unsupported } from '../engine/unsupported';
import type { ValueExpression } from '../engine/value-expression';
import type { PlanContext } from './plan-context';
import { Binder } from './semantics/binder';
import { conjunction, isColumn, rewrite } from './syntax-tree';
import { firstStep } from './two-step/first-step';
import { ReadColumns } from './two-step/read-columns';
import { deletedTable } from './two-step/two-step-delete';
import { twoStepUpdate } from './two-step/two-step-update';

/** What the rows of the statement give. */
export interface UpsertRows {
  /** The value of a column in each row; undefined where a row has none that is known before it is written. */
  valuesOf(column: string): (ValueExpression | undefined)[];
}

/** A unique key of a table, as one server looks at them: the primary key first. */
export function uniqueKeysOf(table: Table, context: PlanContext): { name: string; columns: string[] }[] {
  const schema = context.planning.tableSchema?.(table.keyspace.name, table.name);
  if (schema === undefined) {
    throw unsupported(
      `REPLACE, IGNORE and ON DUPLICATE KEY UPDATE on table '${table.name}', whose keys are not known`,
      'let the schema be tracked, or look for the row first',
    );
  }
  const primary = schema.primaryKey.length > 0 ? [{ name: 'PRIMARY', columns: schema.primaryKey }] : [];
  return [...primary, ...schema.uniqueKeys.map(({ name, columns }) => ({ name, columns }))];
}

export function planUpsert(
  statement: InsertStatement,
  table: Table,
  insert: Insert,
  rows: UpsertRows,
  context: PlanContext,
): Upsert {
  if (statement.returning.length > 0) {
    throw unsupported(
      `RETURNING of REPLACE, IGNORE and ON DUPLICATE KEY UPDATE on table '${table.name}', which owns lookup vindexes`,
      'select the rows afterwards',
    );
  }
  const ref: TableRef = {
    kind: 'table',
    keyspace: table.keyspace.name,
    name: table.name,
    partitions: [],
    hints: [],
  };
  const values = new RowValues(statement, table, rows);
  const assignments = statement.onDuplicate.map((a) => values.replaced(a));
  const keys = uniqueKeysOf(table, context).map(({ name, columns }): UpsertKey => {
    const where = conjunction(
      columns.map((column, i): Expr => ({
        kind: 'comparison',
        op: '=',
        left: { kind: 'column', name: column },
        right: { kind: 'arg', name: keyVariable(i) },
      })),
    );
    const found = findRow(statement, ref, where, assignments, context);
    return { name, values: keyValues(columns, rows, insert.options.rows.length), found };
  });
  const read = new ReadColumns();
  const isReplace = statement.verb === 'replace';
  return new Upsert({
    what: isReplace ? 'replace' : assignments.length > 0 ? 'update' : 'ignore',
    insert,
    keys,
    ...(isReplace ? { deletes: deletedTable(noDelete, infoOf(ref, context), read, context) } : {}),
    rowValues: insert.options.rows.map((_, row) => values.of(row)),
  });
}

const noDelete: Pick<Delete, 'comments' | 'ignore'> = { comments: [], ignore: false };

function infoOf(ref: TableRef, context: PlanContext): Parameters<typeof deletedTable>[1] {
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  return binder.bindTables({ tables: [ref] }).scope.tables[0];
}

function findRow(
  statement: InsertStatement,
  ref: TableRef,
  where: Expr | undefined,
  assignments: readonly Assignment[],
  context: PlanContext,
): UpsertKey['found'] {
  const common = { comments: statement.comments, lowPriority: false, tables: [ref], where, orderBy: [] };
  if (assignments.length === 0) {
    const read = new ReadColumns();
    deletedTable(noDelete, infoOf(ref, context), read, context);
    const reading: Delete = {
      ...common,
      kind: 'delete',
      quick: false,
      ignore: false,
      targets: [],
      returning: [],
    };
    return { kind: 'rows', select: context.planRead(firstStep(reading, read, [])) };
  }
  const update: Update = { ...common, kind: 'update', ignore: false, assignments: [...assignments] };
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const { scope, from, ctes } = binder.bindTables(update);
  const bound: Update = {
    ...update,
    tables: from,
    assignments: binder.bindPart(update.assignments, scope, 'field list', ctes),
    where: update.where && binder.bindPart(update.where, scope, 'where clause', ctes),
  };
  return { kind: 'update', update: twoStepUpdate(update, bound, scope.tables, context) };
}

/** A row without a known value of a key's column (a number that the server makes) meets no other. */
function keyValues(columns: readonly string[], rows: UpsertRows, count: number): UpsertKey['values'] {
  const perColumn = columns.map((column) => rows.valuesOf(column));
  return Array.from({ length: count }, (_, row) => {
    const values = perColumn.map((column) => column[row]);
    return values.every((v) => v !== undefined) ? values : undefined;
  });
}

/** VALUES(column) and the row alias in ON DUPLICATE KEY UPDATE: bind variables that have their own value in each row. */
class RowValues {
  private readonly variables = new Map<string, { name: string; values: (ValueExpression | undefined)[] }>();

  constructor(
    private readonly statement: InsertStatement,
    private readonly table: Table,
    private readonly rows: UpsertRows,
  ) {}

  replaced(assignment: Assignment): Assignment {
    const value = rewrite(assignment.value, (node) => {
      if (node.kind === 'valuesOf')
        return this.variable((node as unknown as { column: { name: string } }).column.name);
      if (!isColumn(node) || node.table === undefined || node.table !== this.statement.rowAlias?.table)
        return undefined;
      return this.variable(this.columnOfAlias(node.name));
    });
    return { column: { kind: 'column', name: assignment.column.name }, value };
  }

  of(row: number): Record<string, ValueExpression> {
    const entries = [...this.variables.entries()].map(([column, { name, values }]) => {
      const value = values[row];
      if (value !== undefined) return [name, value] as const;
      throw unsupported(
        `VALUES(${column}) of a value that is known only when the row is written to table '${this.table.name}'`,
        'compute the value first and pass it in',
      );
    });
    return Object.fromEntries(entries);
  }

  private columnOfAlias(name: string): string {
    const { rowAlias, columns } = this.statement;
    const i = rowAlias?.columns.findIndex((c) => c.toLowerCase() === name.toLowerCase()) ?? -1;
    return i < 0 ? name : columns[i];
  }

  private variable(column: string): Expr {
    const key = column.toLowerCase();
    const known = this.variables.get(key);
    if (known !== undefined) return { kind: 'arg', name: known.name };
    const name = `__v${this.variables.size}`;
    this.variables.set(key, { name, values: this.rows.valuesOf(column) });
    return { kind: 'arg', name };
  }
}
