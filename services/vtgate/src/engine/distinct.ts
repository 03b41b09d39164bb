import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { holding, type RowBudget } from './collect';
import { cutColumns } from './column-cut';
import { CpuSlice } from './cpu-slice';
import { rowKeyText } from './distinct-key';
import { RowOrder, type OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

/** Passes on the first of the rows whose keys are equal; remembers one key a distinct row. */
export class Distinct implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly keys: readonly OrderKey[],
    /** Number of columns at the end that serve the comparison only and are cut. */
    private readonly hidden = 0,
  ) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (budget) => this.run(ctx, bindVariables, budget));
  }

  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
  ): AsyncGenerator<Result> {
    const slice = new CpuSlice(ctx.signal);
    const seen = new Set<string>();
    let order: RowOrder | undefined;
    let width = 0;
    for await (const result of this.input.execute(ctx, bindVariables)) {
      if (order === undefined) {
        order = new RowOrder(result.fields, this.keys);
        width = result.fields.length - this.hidden;
        yield emptyResult({ fields: result.fields.slice(0, width) });
      }
      const out = new RowBatchBuilder(result.rows.columns);
      for (let i = 0; i < result.rows.length; i++) {
        const key = rowKeyText(order, result.rows.row(i));
        if (!seen.has(key)) {
          budget.add(1);
          seen.add(key);
          out.addEncoded(result.rows.rowBytes(i));
        }
        if (slice.due()) await slice.pause();
      }
      if (out.length > 0) yield emptyResult({ rows: cutColumns(out.finish(), width) });
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const fields = await this.input.fields(ctx, bindVariables);
    return fields.slice(0, fields.length - this.hidden);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Distinct',
      other: {
        Collations: this.keys.map((k) =>
          k.weightColumn === undefined ? `${k.column}` : `(${k.column}:${k.weightColumn})`,
        ),
        ...(this.hidden === 0 ? {} : { HiddenColumns: this.hidden }),
      },
      inputs: [this.input.describe()],
    };
  }
}
