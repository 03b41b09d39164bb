import { printExpr, type Expr } from '@vitess-ts/sqlparser';
import type { Primitive } from '../../engine/primitive';
import { SimpleProjection } from '../../engine/simple-projection';
import { unsupported } from '../../engine/unsupported';
import { boundColumn, type BoundDerived, type TableSet } from '../semantics/bound';
import type { Operator } from './operator';
import type { GatheredQuery } from './planned-query';

/** A derived table whose rows the gate made. */
export class DerivedOp implements Operator {
  readonly tables: TableSet;
  private readonly picked: number[] = [];

  constructor(
    private readonly table: BoundDerived,
    private readonly planned: GatheredQuery,
  ) {
    this.tables = table.bit;
  }

  addCondition(condition: Expr): void {
    throw unsupported(
      `the condition ${printExpr(condition)} on derived table '${this.table.alias}', which is gathered from several shards`,
      'move the condition into the derived table, or restrict the statement to one shard',
    );
  }

  column(expr: Expr): number {
    const name = boundColumn(expr)?.name.toLowerCase();
    const names =
      this.table.columns.length > 0 ? this.table.columns : this.planned.columns?.map((c) => c.name);
    const input = name === undefined ? -1 : (names?.findIndex((n) => n.toLowerCase() === name) ?? -1);
    if (input < 0) {
      throw unsupported(
        `the expression ${printExpr(expr)} over derived table '${this.table.alias}', which is gathered from several shards`,
        'compute it inside the derived table',
      );
    }
    const known = this.picked.indexOf(input);
    if (known >= 0) return known;
    this.picked.push(input);
    return this.picked.length - 1;
  }

  build(): Primitive {
    return new SimpleProjection(
      this.planned.build(),
      this.picked.map((column) => ({ column })),
    );
  }
}
