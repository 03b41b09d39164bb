import type { BindVariables, Field, Result } from '@vitess-ts/sqltypes';
import { VtError } from '@vitess-ts/vterrors';
import type { ExecContext, Primitive, PrimitiveDescription } from '../primitive';

/**
 * Runs a plan, and another in its place when it turns out, before its first row, that values are of a kind that the
 * gate does not compute exactly.
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
      if (yielded || !isUnsupported(error)) throw error;
      yield* this.instead(error).execute(ctx, bindVariables);
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

  private instead(error: VtError): Primitive {
    try {
      return this.other(error);
    } catch (failure) {
      // What was wrong first is what the client can do something about.
      throw isUnsupported(failure) ? error : failure;
    }
  }
}

/** The error says that the statement is right, but not what this plan, or the planner, can run. */
export function isUnsupported(error: unknown): error is VtError {
  return error instanceof VtError && error.id === 'VT12001';
}
