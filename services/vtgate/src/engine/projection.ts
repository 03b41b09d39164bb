import { printExpr, type Expr } from '@vitess-ts/sqlparser';
import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
  type Row,
  type Value,
} from '@vitess-ts/sqltypes';
import { CpuSlice } from './cpu-slice';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { compileFor } from './row-expression';

/** A result column: a column of the input, or an expression over such (`InputColumn`). */
export type OutputColumn = { column: number; name?: string } | { expr: Expr; name: string };

interface Compiled {
  field: Field;
  value(row: Row, bindVariables: BindVariables): Value;
}

/** Computes columns from the input's columns. */
export class Projection implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly columns: readonly OutputColumn[],
    private readonly collation: number,
  ) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const slice = new CpuSlice(ctx.signal);
    let compiled: Compiled[] | undefined;
    for await (const result of this.input.execute(ctx, bindVariables)) {
      const isFirst = compiled === undefined;
      compiled ??= this.compile(result.fields, bindVariables);
      const out = new RowBatchBuilder(this.columns.length);
      for (let i = 0; i < result.rows.length; i++) {
        const row = result.rows.row(i);
        for (const column of compiled) out.addValue(column.value(row, bindVariables));
        out.endRow();
        if (slice.due()) await slice.pause();
      }
      if (isFirst) yield { ...result, fields: compiled.map((c) => c.field), rows: out.finish() };
      else if (out.length > 0) yield emptyResult({ rows: out.finish() });
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.compile(await this.input.fields(ctx, bindVariables), bindVariables).map((c) => c.field);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Projection',
      other: {
        Expressions: this.columns.map((c) =>
          'expr' in c
            ? `${printExpr(c.expr)} as ${c.name}`
            : `:${c.column}${c.name === undefined ? '' : ` as ${c.name}`}`,
        ),
      },
      inputs: [this.input.describe()],
    };
  }

  private compile(fields: readonly Field[], bindVariables: BindVariables): Compiled[] {
    return this.columns.map((column): Compiled => {
      if ('expr' in column) {
        const compiled = compileFor(column.expr, fields, bindVariables, this.collation);
        return {
          field: { ...compiled.field, name: column.name },
          value: (row, binds) => compiled.evaluate(row, binds),
        };
      }
      const field = fields[column.column];
      return {
        field: column.name === undefined ? field : { ...field, name: column.name },
        value: (row) => row[column.column],
      };
    });
  }
}
