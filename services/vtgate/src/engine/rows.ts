import type { BindVariables, Field, Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

/** A result that is known when the plan is made. */
export class Rows implements Primitive {
  constructor(private readonly result: Result) {}

  async *execute(_ctx: ExecContext, _bindVariables: BindVariables): AsyncGenerator<Result> {
    yield this.result;
  }

  async fields(): Promise<Field[]> {
    return this.result.fields;
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Rows',
      other: { Columns: this.result.fields.map((f) => f.name), RowCount: this.result.rows.length },
    };
  }
}
