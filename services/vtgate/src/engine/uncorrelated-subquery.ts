import {
  MySqlFlag,
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
  /** Takes 1 when the value is NULL, else 0; with `into` typed. */
  nullVariable?: string;
  /** Columns of the outer query that are this value and nothing else: they have its type, which a literal has not. */
  resultColumns?: readonly number[];
  /** Takes 1 when the subquery has rows, else 0: an empty list cannot be written in SQL. */
  hasValuesVariable?: string;
}

/** Flags that belong to a type, not to a column. */
const typeFlags = MySqlFlag.BLOB | MySqlFlag.BINARY | MySqlFlag.NUM | MySqlFlag.UNSIGNED;

/** Runs a subquery that does not depend on its outer query once, and gives the outer query its result. */
export class UncorrelatedSubquery implements Primitive {
  constructor(private readonly options: UncorrelatedSubqueryOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const result = await collect(this.options.subquery, ctx, bindVariables);
    for await (const part of this.options.outer.execute(ctx, this.extended(bindVariables, result))) {
      yield part.fields.length === 0 ? part : { ...part, fields: this.typed(part.fields, result.fields) };
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const { resultVariable, hasValuesVariable, opcode, into, nullVariable, resultColumns } = this.options;
    const binds = { ...bindVariables };
    const [value] =
      into === 'typed' || resultColumns !== undefined
        ? await this.options.subquery.fields(ctx, bindVariables)
        : [];
    if (resultVariable !== undefined) {
      if (opcode !== 'PulloutValue') binds[resultVariable] = listBindVariable([nullBindVariable()]);
      else binds[resultVariable] = into === 'typed' ? carriedValue(value, null, into) : nullBindVariable();
    }
    if (nullVariable !== undefined) binds[nullVariable] = int64BindVariable(1);
    if (hasValuesVariable !== undefined) binds[hasValuesVariable] = int64BindVariable(0);
    const fields = await this.options.outer.fields(ctx, binds);
    return resultColumns === undefined ? fields : this.typed(fields, [value]);
  }

  private typed(fields: Field[], [value]: readonly Field[]): Field[] {
    const { resultColumns = [] } = this.options;
    if (resultColumns.length === 0) return fields;
    const { type, charset, columnLength, decimals, flags } = value;
    const own = { type, charset, columnLength, decimals, flags: flags & typeFlags };
    return fields.map((field, i) => (resultColumns.includes(i) ? { ...field, ...own } : field));
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
    const { resultVariable, hasValuesVariable, nullVariable, opcode, into = 'expression' } = this.options;
    const binds = { ...bindVariables };
    if (hasValuesVariable !== undefined)
      binds[hasValuesVariable] = int64BindVariable(rows.length > 0 ? 1 : 0);
    if (resultVariable === undefined) return binds;
    if (opcode === 'PulloutValue') {
      if (rows.length > 1) throw new SqlError(1242, '21000', 'Subquery returns more than 1 row');
      const value = rows.length === 0 ? null : rows.value(0, 0);
      binds[resultVariable] =
        rows.length === 0 && into !== 'typed' ? nullBindVariable() : carriedValue(fields[0], value, into);
      if (nullVariable !== undefined) binds[nullVariable] = carriedValue(fields[0], value, 'isNull');
      return binds;
    }
    const values = rows.rows().map((row) => carriedValue(fields[0], row[0], into));
    binds[resultVariable] = listBindVariable(values.length === 0 ? [nullBindVariable()] : values);
    return binds;
  }
}
