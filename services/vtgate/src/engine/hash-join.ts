import {
  MySqlFlag,
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
  type Row,
} from '@vitess-ts/sqltypes';
import { holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import { keyText } from './distinct-key';
import type { JoinColumn } from './join';
import { checkJoinKeys } from './join-keys';
import { RowOrder, type OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

export interface HashJoinOptions {
  left: Primitive;
  right: Primitive;
  outer: boolean;
  /** Equal keys join; the two sides' keys have the same type and collation, which the planner must know. */
  leftKeys: OrderKey[];
  rightKeys: OrderKey[];
  columns: JoinColumn[];
}

const batchRows = 512;

/**
 * Joins two sides by equality of keys: holds the right side in a table, then streams the left through it, in the
 * left side's order. NULL equals nothing.
 */
export class HashJoin implements Primitive {
  constructor(private readonly options: HashJoinOptions) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (budget) => this.run(ctx, bindVariables, budget));
  }

  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
  ): AsyncGenerator<Result> {
    const { left, columns, outer, leftKeys } = this.options;
    const slice = new CpuSlice(ctx.signal);
    const table = await this.buildTable(ctx, bindVariables, slice, budget);
    const out = new RowBatchBuilder(columns.length);
    let order: RowOrder | undefined;
    for await (const result of left.execute(ctx, bindVariables)) {
      if (order === undefined) {
        checkJoinKeys(result.fields, leftKeys, table.fields, this.options.rightKeys);
        order = new RowOrder(result.fields, leftKeys);
        yield emptyResult({ fields: this.header(result.fields, table.fields) });
      }
      for (let i = 0; i < result.rows.length; i++) {
        const row = result.rows.row(i);
        const keys = order.keysOf(row);
        const matches = keys.values.includes(null) ? undefined : table.rows.get(keyText(keys));
        if (matches === undefined && outer) this.emit(out, row, undefined);
        for (const match of matches ?? []) {
          this.emit(out, row, match);
          if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
        }
        if (slice.due()) await slice.pause();
      }
      if (out.length > 0) yield emptyResult({ rows: out.finish() });
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const left = await this.options.left.fields(ctx, bindVariables);
    return this.header(left, await this.options.right.fields(ctx, bindVariables));
  }

  describe(): PrimitiveDescription {
    const { left, right, outer, columns, leftKeys, rightKeys } = this.options;
    return {
      operatorType: 'Join',
      variant: outer ? 'HashLeftJoin' : 'HashJoin',
      other: {
        JoinColumnIndexes: columns.map((c) => `${c.side === 'left' ? 'L' : 'R'}:${c.column}`).join(','),
        Predicate: leftKeys.map((k, i) => `L:${k.column} = R:${rightKeys[i].column}`).join(' and '),
      },
      inputs: [left.describe(), right.describe()],
    };
  }

  private async buildTable(
    ctx: ExecContext,
    bindVariables: BindVariables,
    slice: CpuSlice,
    budget: RowBudget,
  ): Promise<{ fields: Field[]; rows: Map<string, Row[]> }> {
    const rows = new Map<string, Row[]>();
    let fields: Field[] = [];
    let order: RowOrder | undefined;
    for await (const result of this.options.right.execute(ctx, bindVariables)) {
      if (order === undefined) {
        fields = result.fields;
        order = new RowOrder(fields, this.options.rightKeys);
      }
      budget.add(result.rows.length);
      for (let i = 0; i < result.rows.length; i++) {
        const row = result.rows.row(i);
        const keys = order.keysOf(row);
        if (!keys.values.includes(null)) {
          const text = keyText(keys);
          const same = rows.get(text);
          if (same === undefined) rows.set(text, [row]);
          else same.push(row);
        }
        if (slice.due()) await slice.pause();
      }
    }
    return { fields, rows };
  }

  private emit(out: RowBatchBuilder, left: Row, right: Row | undefined): void {
    for (const { side, column } of this.options.columns) {
      out.addValue(side === 'left' ? left[column] : (right?.[column] ?? null));
    }
    out.endRow();
  }

  private header(left: readonly Field[], right: readonly Field[]): Field[] {
    return this.options.columns.map(({ side, column }) => {
      if (side === 'left') return left[column];
      const field = right[column];
      return this.options.outer ? { ...field, flags: field.flags & ~MySqlFlag.NOT_NULL } : field;
    });
  }
}
