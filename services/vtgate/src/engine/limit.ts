import {
  isIntegral,
  uint64BindVariable,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { describeValue, evaluateValue, type ValueExpression } from './value-expression';

/** Sent to shards in place of LIMIT: the rows that the gate must see of each, offset plus count. */
export const upperLimitVariable = '__upper_limit';

/** Passes on `count` rows after skipping `offset`, then ends its input. */
export class Limit implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly count: ValueExpression,
    private readonly offset?: ValueExpression,
  ) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const count = limitValue(this.count, bindVariables, 'LIMIT');
    let skip = this.offset === undefined ? 0n : limitValue(this.offset, bindVariables, 'OFFSET');
    const upper = skip + count > maxLimit ? maxLimit : skip + count;
    let left = count;
    let first = true;
    const binds = { ...bindVariables, [upperLimitVariable]: uint64BindVariable(upper) };
    for await (const result of this.input.execute(ctx, binds)) {
      const from = skip < BigInt(result.rows.length) ? Number(skip) : result.rows.length;
      skip -= BigInt(from);
      const available = result.rows.length - from;
      const take = left < BigInt(available) ? Number(left) : available;
      left -= BigInt(take);
      if (first || take > 0) yield { ...result, rows: result.rows.slice(from, from + take) };
      first = false;
      if (left === 0n) return;
    }
  }

  fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.input.fields(ctx, bindVariables);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Limit',
      other: {
        Count: describeValue(this.count),
        ...(this.offset === undefined ? {} : { Offset: describeValue(this.offset) }),
      },
      inputs: [this.input.describe()],
    };
  }
}

const maxLimit = 0xffff_ffff_ffff_ffffn;

function limitValue(expression: ValueExpression, bindVariables: BindVariables, clause: string): bigint {
  const { type, value } = evaluateValue(expression, bindVariables);
  const text = value.toString('latin1');
  if (!isIntegral(type) || !/^\d{1,20}$/.test(text)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `${clause} must be a non-negative integer, not '${text.slice(0, 40)}'`,
      {
        errno: 1210,
        sqlstate: 'HY000',
      },
    );
  }
  return BigInt(text);
}
