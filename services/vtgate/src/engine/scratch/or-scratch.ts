import type { BindVariables, Field, Result } from '@vitess-ts/sqltypes';
import { SqlError, VtError } from '@vitess-ts/vterrors';
import { unsupported } from '../unsupported';
import type { ExecContext, Primitive, PrimitiveDescription } from '../primitive';

/**
 * What an expression says of its values. A shard computes select expressions for rows that then join nothing, of which
 * one server would never have: only the rows in one place tell whether it is meant.
 */
const valueErrors: ReadonlySet<number> = new Set([
  1690, // out of range
  1139, // a regular expression
  1242, // a scalar subquery with several rows
  1367, // an illegal value while parsing
  1416, // geometry
  3037, // geometry
  3140, // JSON
  3141,
  3143,
]);

/**
 * Runs a plan, and another in its place when it turns out, before its first row, that values are of a kind that the
 * gate does not compute exactly, or that shards cannot compute for rows that may not matter.
 */
export class OrScratch implements Primitive {
  constructor(
    private readonly plan: Primitive,
    /** Throws when there is no other plan. */
    private readonly other: (refusal: VtError) => Primitive,
  ) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    // A header alone is held back: the other plan gives its own.
    const held: Result[] = [];
    let yielded = false;
    try {
      for await (const result of this.plan.execute(ctx, bindVariables)) {
        held.push(result);
        if (!yielded && result.rows.length === 0) continue;
        yielded = true;
        yield* held.splice(0);
      }
      yield* held;
    } catch (error) {
      if (yielded) throw error;
      if (isUnsupported(error)) yield* this.instead(error).execute(ctx, bindVariables);
      else if (isValueError(error)) yield* this.orError(error, ctx, bindVariables);
      else throw error;
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    try {
      return await this.plan.fields(ctx, bindVariables);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return this.instead(error).fields(ctx, bindVariables);
    }
  }

  describe(): PrimitiveDescription {
    return this.plan.describe();
  }

  /** The other plan's rows, or what the server says that runs it; any other trouble leaves the first error. */
  private async *orError(
    error: SqlError,
    ctx: ExecContext,
    bindVariables: BindVariables,
  ): AsyncGenerator<Result> {
    let yielded = false;
    try {
      const other = this.other(unsupported(error.message, 'see whether all rows can be computed'));
      for await (const result of other.execute(ctx, bindVariables)) {
        yielded = true;
        yield result;
      }
    } catch (failure) {
      throw yielded || failure instanceof SqlError ? failure : error;
    }
  }

  private instead(error: VtError): Primitive {
    try {
      return this.other(error);
    } catch (failure) {
      // What was wrong first is what the client can do something about.
      throw isUnsupported(failure) ? error : failure;
    }
  }
}

const isValueError = (error: unknown): error is SqlError =>
  error instanceof SqlError && valueErrors.has(error.errno);

/** The error says that the statement is right, but not what this plan, or the planner, can run. */
export function isUnsupported(error: unknown): error is VtError {
  return error instanceof VtError && error.id === 'VT12001';
}
