import { printExpr, type Expr } from '@vitess-ts/sqlparser';
import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { CpuSlice } from './cpu-slice';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { compileCondition } from './row-expression';

/** Passes on the rows for which a condition over their columns (`InputColumn`) is true. */
export class Filter implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly condition: Expr,
    private readonly collation: number,
  ) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const slice = new CpuSlice(ctx.signal);
    let holds: ReturnType<typeof compileCondition> | undefined;
    for await (const result of this.input.execute(ctx, bindVariables)) {
      const isFirst = holds === undefined;
      holds ??= compileCondition(this.condition, result.fields, bindVariables, this.collation);
      const out = new RowBatchBuilder(result.rows.columns);
      for (let i = 0; i < result.rows.length; i++) {
        if (holds(result.rows.row(i), bindVariables)) out.addEncoded(result.rows.rowBytes(i));
        if (slice.due()) await slice.pause();
      }
      if (isFirst) yield { ...result, rows: out.finish() };
      else if (out.length > 0) yield emptyResult({ rows: out.finish() });
    }
  }

  fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.input.fields(ctx, bindVariables);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Filter',
      other: { Predicate: printExpr(this.condition) },
      inputs: [this.input.describe()],
    };
  }
}
