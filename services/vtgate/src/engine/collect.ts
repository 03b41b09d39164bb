import { emptyResult, RowBatch, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive } from './primitive';
import type { StatementMemory } from './statement-memory';

/** Counts the rows that one primitive holds, as part of those of its statement. */
export class RowBudget {
  private rows = 0;

  constructor(private readonly memory: StatementMemory) {}

  add(rows: number): void {
    this.rows += rows;
    this.memory.take(rows);
  }

  /** The rows are held no more. */
  release(): void {
    this.memory.give(this.rows);
    this.rows = 0;
  }
}

/** What a primitive gives that holds rows until it ends, however that comes. */
export async function* holding(
  ctx: ExecContext,
  run: (budget: RowBudget) => AsyncIterable<Result>,
): AsyncGenerator<Result> {
  const budget = new RowBudget(ctx.memory);
  try {
    yield* run(budget);
  } finally {
    budget.release();
  }
}

/** Runs a primitive to its end and returns all its rows as one result; they count as the statement's until it ends. */
export async function collect(
  primitive: Primitive,
  ctx: ExecContext,
  bindVariables: BindVariables,
): Promise<Result> {
  return collectResults(primitive.execute(ctx, bindVariables), new RowBudget(ctx.memory));
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
