import { assert } from '@vitess-ts/base';
import type { Expr } from '@vitess-ts/sqlparser';
import { Filter } from '../../engine/filter';
import type { Primitive } from '../../engine/primitive';
import { SimpleProjection } from '../../engine/simple-projection';
import { boundColumn, type BoundDerived, type TableSet } from '../semantics/bound';
import type { PlanContext } from '../plan-context';
import { conjunction } from '../syntax-tree';
import { composed } from './composed';
import type { Operator } from './operator';
import type { GatheredQuery } from './planned-query';

/** A derived table whose rows the gate made. */
export class DerivedOp implements Operator {
  readonly tables: TableSet;
  private readonly picked: number[] = [];
  private readonly filters: Expr[] = [];

  constructor(
    private readonly context: PlanContext,
    private readonly table: BoundDerived,
    private readonly planned: GatheredQuery,
  ) {
    this.tables = table.bit;
  }

  addCondition(condition: Expr): void {
    this.filters.push(composed(condition, this));
  }

  computes(expr: Expr): boolean {
    return this.input(expr) >= 0;
  }

  /** The rows may come from groups; the query inside locks what it says itself. */
  lock(): void {}

  column(expr: Expr): number {
    const input = this.input(expr);
    assert(input >= 0, 'a derived table gives its columns only');
    const known = this.picked.indexOf(input);
    if (known >= 0) return known;
    this.picked.push(input);
    return this.picked.length - 1;
  }

  build(): Primitive {
    const columns = new SimpleProjection(
      this.planned.build(),
      this.picked.map((column) => ({ column })),
    );
    const condition = conjunction(this.filters);
    return condition === undefined
      ? columns
      : new Filter(columns, condition, this.context.planning.collation);
  }

  private input(expr: Expr): number {
    const column = boundColumn(expr);
    if (column === undefined || column.tables !== this.table.bit) return -1;
    const name = column.name.toLowerCase();
    const names =
      this.table.columns.length > 0 ? this.table.columns : this.planned.columns?.map((c) => c.name);
    return names?.findIndex((n) => n.toLowerCase() === name) ?? -1;
  }
}
