import { Code, VtError } from '@vitess-ts/vterrors';
import { emptyResult, RowBatch, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive } from './primitive';

/** Counts the rows that a primitive holds and refuses more than the statement may. */
export class RowBudget {
  private rows = 0;

  constructor(private readonly limit: number) {}

  add(rows: number): void {
    this.rows += rows;
    if (this.rows > this.limit) throw tooManyRows(this.limit);
  }
}

function tooManyRows(limit: number): VtError {
  return new VtError(
    Code.RESOURCE_EXHAUSTED,
    `in-memory row count exceeded allowed limit of ${limit} (max-memory-rows); ` +
      `narrow the statement's condition, add a LIMIT, or raise the limit`,
    { errno: 1114, sqlstate: 'HY000' },
  );
}

/** Runs a primitive to its end and returns all its rows as one result, within the statement's memory limit. */
export async function collect(
  primitive: Primitive,
  ctx: ExecContext,
  bindVariables: BindVariables,
): Promise<Result> {
  return collectResults(primitive.execute(ctx, bindVariables), new RowBudget(ctx.maxMemoryRows));
}

/** One result of a stream of them: fields of the first, rows of all, counts of the last. */
export async function collectResults(results: AsyncIterable<Result>, budget: RowBudget): Promise<Result> {
  let fields: Field[] | undefined;
  let last: Result | undefined;
  const batches: RowBatch[] = [];
  for await (const result of results) {
    fields ??= result.fields;
    last = result;
    budget.add(result.rows.length);
    if (result.rows.length > 0) batches.push(result.rows);
  }
  if (last === undefined) return emptyResult();
  const columns = fields?.length ?? 0;
  return { ...last, fields: fields ?? [], rows: RowBatch.concat(columns, batches) };
}
