import { emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { unifyUnionFields } from './unify-fields';

/** UNION ALL: the rows of each input after the other, under one header that holds the values of all. */
export class Concatenate implements Primitive {
  constructor(private readonly inputs: readonly Primitive[]) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    yield emptyResult({ fields: await this.fields(ctx, bindVariables) });
    for (const input of this.inputs) {
      for await (const { rows } of input.execute(ctx, bindVariables)) {
        if (rows.length > 0) yield emptyResult({ rows });
      }
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const headers: Field[][] = [];
    for (const input of this.inputs) headers.push(await input.fields(ctx, bindVariables));
    return unifyUnionFields(headers);
  }

  describe(): PrimitiveDescription {
    return { operatorType: 'Concatenate', inputs: this.inputs.map((i) => i.describe()) };
  }
}
