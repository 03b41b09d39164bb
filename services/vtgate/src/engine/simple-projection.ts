import { emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import { cutColumns, pickColumns } from './column-cut';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

export interface ProjectedColumn {
  /** Input column. */
  column: number;
  /** Name of the result column; the input's when absent. */
  name?: string;
}

/** Picks, repeats and renames columns. */
export class SimpleProjection implements Primitive {
  private readonly isPrefix: boolean;

  constructor(
    private readonly input: Primitive,
    private readonly columns: readonly ProjectedColumn[],
  ) {
    this.isPrefix = columns.every((c, i) => c.column === i);
  }

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const picked = this.columns.map((c) => c.column);
    let first = true;
    for await (const result of this.input.execute(ctx, bindVariables)) {
      const { rows } = result;
      const out = this.isPrefix ? cutColumns(rows, picked.length) : pickColumns(rows, picked);
      if (first) yield { ...result, fields: this.header(result.fields), rows: out };
      else if (out.length > 0) yield emptyResult({ rows: out });
      first = false;
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.header(await this.input.fields(ctx, bindVariables));
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'SimpleProjection',
      other: {
        Columns: this.columns.map((c) => c.column).join(','),
        ...(this.columns.some((c) => c.name !== undefined)
          ? { ColumnNames: this.columns.map((c, i) => `${i}:${c.name ?? ''}`) }
          : {}),
      },
      inputs: [this.input.describe()],
    };
  }

  private header(fields: readonly Field[]): Field[] {
    return this.columns.map(({ column, name }) =>
      name === undefined ? fields[column] : { ...fields[column], name },
    );
  }
}
