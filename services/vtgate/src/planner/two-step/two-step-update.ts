import { assert } from '@vitess-ts/base';
import type { Assignment, Expr, TableRef, Update } from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import { quoteName } from '@vitess-ts/sqlparser';
import type { ColumnVindex, Table } from '@vitess-ts/vindexes';
import { TwoStepUpdate, type UpdatedTable } from '../../engine/two-step/two-step-update';
import { unsupported } from '../../engine/unsupported';
import { columnDefault } from '../column-default';
import { storingVindex } from '../operators/storing-vindex';
import type { PlanContext } from '../plan-context';
import { checkedVindexes } from '../row-entries';
import { tablesOf, type BoundColumn, type BoundTable, type TableInfo } from '../semantics/bound';
import { contains, hasSubquery, isColumn, walk } from '../syntax-tree';
import { changedTable, keyedStatement } from './changed-table';
import { firstStep } from './first-step';
import { columnOf, ReadColumns } from './read-columns';

/**
 * UPDATE in two steps: `statement` as the client wrote it, `bound` with its columns bound to `infos`, all tables of the
 * statement.
 */
export function twoStepUpdate(
  statement: Update,
  bound: Update,
  infos: readonly TableInfo[],
  context: PlanContext,
): TwoStepUpdate {
  const read = new ReadColumns();
  const order: Expr[] = [];
  const targets = infos.filter((info) => assignmentsOf(bound, info).length > 0);
  const tables = targets.map((info) => {
    const planner = new UpdatedTablePlanner(statement, bound, info, infos.length > 1, read, context);
    const table = planner.plan();
    // As one server scans the table: what happens to equal values of a unique key depends on the order.
    const isOrdered = infos.length === 1 && table.newEntries.length > 0 && statement.limit === undefined;
    if (isOrdered && !table.key.isWholeRow)
      order.push(...table.key.names.map((name) => columnOf(info, name)));
    return table;
  });
  return new TwoStepUpdate({ select: context.planRead(firstStep(statement, read, order)), tables });
}

/** The assignments to columns of one table, by index. */
function assignmentsOf(bound: Update, { bit }: TableInfo): number[] {
  return bound.assignments.flatMap(({ column }, i) => ((column as BoundColumn).tables & bit ? [i] : []));
}

class UpdatedTablePlanner {
  private readonly own: readonly number[];
  /** Columns of the first step with the new values of assigned columns. */
  private readonly newValues = new Map<string, number>();

  constructor(
    private readonly statement: Update,
    private readonly bound: Update,
    private readonly info: TableInfo,
    private readonly isJoin: boolean,
    private readonly read: ReadColumns,
    private readonly context: PlanContext,
  ) {
    this.own = assignmentsOf(bound, info);
  }

  plan(): UpdatedTable {
    const { info, read, context, statement } = this;
    const { table, changed, owned } = changedTable(info, read, context);
    const isChanged = (v: ColumnVindex): boolean => v.columns.some((c) => this.assigned(c) !== undefined);
    const isSpread = changed.place.kind === 'vindex';
    const moves = isSpread && table.columnVindexes.some((v) => v.isPrimary && isChanged(v));
    const checks = isSpread
      ? checkedVindexes(table, context).filter((c) => moves || isChanged(c.columnVindex))
      : [];
    const lookups = changed.lookups.filter((_, i) => moves || isChanged(owned[i].columnVindex));
    if (statement.ignore && (moves || lookups.length > 0 || checks.length > 0)) {
      throw unsupported(
        `UPDATE IGNORE of a column of table '${table.name}' that a vindex is on`,
        'leave out IGNORE, and change the rows one by one',
      );
    }
    const changedOwned = owned.filter((o) => moves || isChanged(o.columnVindex));
    return {
      ...changed,
      lookups,
      newEntries: changedOwned.map((o) => this.newColumns(table, o.columnVindex.columns)),
      checks: checks.map(({ entries, columnVindex }) => ({
        entries,
        columns: this.newColumns(table, columnVindex.columns),
      })),
      ...this.statementOf(table),
      ...(moves ? { move: this.moveOf(table, changed.key.names) } : {}),
    };
  }

  private moveOf(table: Table, key: readonly string[]): UpdatedTable['move'] {
    const vindex = storingVindex(table, false, this.context);
    const schema = this.context.planning.tableSchema?.(table.keyspace.name, table.name);
    if (vindex === undefined || schema === undefined || schema.columns.length === 0) {
      throw unsupported(
        `changing a column of the primary vindex of table '${table.name}', whose columns are not known`,
        'delete the row and insert it with the new value, in one transaction',
      );
    }
    return {
      vindex,
      newColumns: this.newColumns(table, vindex.columns),
      newKey: this.newColumns(table, key),
      columns: schema.columns
        .filter((c) => !c.generated)
        .map(({ name, type }) => ({
          name,
          // Of a FLOAT the text has fewer digits than the value.
          read: type === Type.FLOAT32 ? `${quoteName(name)} + 0e0` : quoteName(name),
        })),
    };
  }

  /** The assignment to a column, by index; the last one counts. */
  private assigned(column: string): number | undefined {
    const wanted = column.toLowerCase();
    return this.own.findLast((i) => this.bound.assignments[i].column.name.toLowerCase() === wanted);
  }

  private newColumns(table: Table, names: readonly string[]): number[] {
    return names.map((name) => {
      const index = this.assigned(name);
      return index === undefined ? this.read.column(this.info, name) : this.newValue(table, name, index);
    });
  }

  private newValue(table: Table, name: string, index: number): number {
    const known = this.newValues.get(name.toLowerCase());
    if (known !== undefined) return known;
    const { value } = this.statement.assignments[index];
    const isDefault = value.kind === 'default';
    const expr = isDefault ? columnDefault(table, value.column?.name ?? name, this.context) : value;
    if (expr === undefined || (!isDefault && this.usesAssigned(index))) {
      throw unsupported(
        `a new value of column '${name}' of table '${table.name}', which a vindex is on, that is known only when the row is written`,
        'compute the value first and pass it in',
      );
    }
    const column = this.read.value(expr);
    this.newValues.set(name.toLowerCase(), column);
    return column;
  }

  /** The value uses a column that the same statement has given a new value before. */
  private usesAssigned(index: number): boolean {
    const before = new Set(
      this.own.filter((i) => i < index).map((i) => this.bound.assignments[i].column.name.toLowerCase()),
    );
    return contains(
      this.bound.assignments[index].value,
      (node) =>
        isColumn(node) &&
        ((node as BoundColumn).tables & this.info.bit) !== 0n &&
        before.has(node.name.toLowerCase()),
    );
  }

  /** The statement for one row: values that need other tables come from the first step. */
  private statementOf(table: Table): Pick<UpdatedTable, 'statement' | 'values'> {
    const { bound, info, context, statement } = this;
    const values: { name: string; column: number }[] = [];
    const assignments = this.own.map((index): Assignment => {
      const { column, value } = bound.assignments[index];
      const bare: Assignment = { column: { kind: 'column', name: column.name }, value };
      const isOwn = (tablesOf(value) & ~info.bit) === 0n && !hasSubquery(value);
      if (isOwn) return bare;
      if (this.usesAssigned(index)) {
        throw unsupported(
          `a new value of column '${column.name}' of table '${table.name}' that uses other tables and a column that the statement has changed before`,
          'write two statements',
        );
      }
      const name = context.newVariable('nv');
      values.push({ name, column: this.read.value(statement.assignments[index].value) });
      return { ...bare, value: { kind: 'arg', name } };
    });
    const keyed: Update = {
      ...bound,
      with: undefined,
      tables: [tableRefOf(bound, info)],
      assignments,
      where: undefined,
      orderBy: this.isJoin ? [] : withoutSubqueries(bound.orderBy),
      limit: undefined,
    };
    return { statement: keyedStatement(keyed, context), values };
  }
}

function tableRefOf(bound: Update, { bit }: TableInfo): TableRef {
  let found: TableRef | undefined;
  walk(bound.tables, (node) => {
    if (node.kind === 'table' && (node as BoundTable).bit === bit) found = node as BoundTable;
    return node.kind !== 'derived';
  });
  assert(found !== undefined, 'a table of the statement stands in its tables');
  return { ...found, hints: [] };
}

function withoutSubqueries(orderBy: Update['orderBy']): Update['orderBy'] {
  return orderBy.some((item) => hasSubquery(item)) ? [] : orderBy;
}
