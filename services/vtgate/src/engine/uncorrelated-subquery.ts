import {
  int64BindVariable,
  listBindVariable,
  nullBindVariable,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { carriedValue, type CarriedInto } from './carried-value';
import { collect } from './collect';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

export type PulloutOpcode = 'PulloutValue' | 'PulloutIn' | 'PulloutNotIn' | 'PulloutExists';

export interface UncorrelatedSubqueryOptions {
  opcode: PulloutOpcode;
  subquery: Primitive;
  outer: Primitive;
  /** Takes the value or the list. */
  resultVariable?: string;
  /** Where the values stand in the outer query. */
  into?: CarriedInto;
  /** Takes 1 when the subquery has rows, else 0: an empty list cannot be written in SQL. */
  hasValuesVariable?: string;
  /** Columns of the outer query that are the value itself: they have its type, which its text may not. */
  columns?: readonly number[];
}

/** Runs a subquery that does not depend on its outer query once, and gives the outer query its result. */
export class UncorrelatedSubquery implements Primitive {
  constructor(private readonly options: UncorrelatedSubqueryOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const result = await collect(this.options.subquery, ctx, bindVariables);
    const binds = this.extended(bindVariables, result);
    const { outer, columns } = this.options;
    if (columns === undefined) {
      yield* outer.execute(ctx, binds);
      return;
    }
    const [field] = result.fields;
    for await (const outerResult of outer.execute(ctx, binds)) {
      yield { ...outerResult, fields: withTypeOf(field, outerResult.fields, columns) };
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const { resultVariable, hasValuesVariable, opcode, columns, outer, subquery } = this.options;
    const binds = { ...bindVariables };
    if (resultVariable !== undefined) {
      binds[resultVariable] =
        opcode === 'PulloutValue' ? nullBindVariable() : listBindVariable([nullBindVariable()]);
    }
    if (hasValuesVariable !== undefined) binds[hasValuesVariable] = int64BindVariable(0);
    const fields = await outer.fields(ctx, binds);
    if (columns === undefined) return fields;
    const [field] = await subquery.fields(ctx, bindVariables);
    return withTypeOf(field, fields, columns);
  }

  describe(): PrimitiveDescription {
    const { opcode, resultVariable, hasValuesVariable, subquery, outer } = this.options;
    return {
      operatorType: 'UncorrelatedSubquery',
      variant: opcode,
      other: { PulloutVars: [hasValuesVariable, resultVariable].filter((v) => v !== undefined) },
      inputs: [subquery.describe(), outer.describe()],
    };
  }

  private extended(bindVariables: BindVariables, { fields, rows }: Result): BindVariables {
    const { resultVariable, hasValuesVariable, opcode, into = 'expression' } = this.options;
    const binds = { ...bindVariables };
    if (hasValuesVariable !== undefined)
      binds[hasValuesVariable] = int64BindVariable(rows.length > 0 ? 1 : 0);
    if (resultVariable === undefined) return binds;
    if (opcode === 'PulloutValue') {
      if (rows.length > 1) throw new SqlError(1242, '21000', 'Subquery returns more than 1 row');
      binds[resultVariable] =
        rows.length === 0 ? nullBindVariable() : carriedValue(fields[0], rows.value(0, 0), into);
      return binds;
    }
    const values = rows.rows().map((row) => carriedValue(fields[0], row[0], into));
    binds[resultVariable] = listBindVariable(values.length === 0 ? [nullBindVariable()] : values);
    return binds;
  }
}

/** Only the first result has fields. */
function withTypeOf(field: Field, fields: readonly Field[], columns: readonly number[]): Field[] {
  const { type, columnLength, charset, decimals } = field;
  return fields.map((f, i) => (columns.includes(i) ? { ...f, type, columnLength, charset, decimals } : f));
}
