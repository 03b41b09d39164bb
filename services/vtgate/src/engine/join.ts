import {
  MySqlFlag,
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
  type Row,
} from '@vitess-ts/sqltypes';
import { carriedValue, type CarriedInto } from './carried-value';
import { assert } from '@vitess-ts/base';
import { collect, collectResults, holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { RowSpool } from './spill/row-spool';

/** A bind variable of the right side that takes its value from a column of the left. */
export interface JoinVariable {
  name: string;
  column: number;
  into: CarriedInto;
}

export interface JoinColumn {
  side: 'left' | 'right';
  column: number;
}

export interface JoinOptions {
  left: Primitive;
  right: Primitive;
  /** A left row without right rows gives one row with NULLs. */
  outer: boolean;
  variables: JoinVariable[];
  columns: JoinColumn[];
  /** Gives one row of the right side's columns, as they are where no right row matches: NULL, or computed of NULLs. */
  missing?: Primitive;
}

/** The row that stands for right rows that are not there; all NULL without one. */
export async function missingRow(
  missing: Primitive | undefined,
  ctx: ExecContext,
  bindVariables: BindVariables,
): Promise<Row | undefined> {
  if (missing === undefined) return undefined;
  const { rows } = await collect(missing, ctx, bindVariables);
  assert(rows.length === 1, 'what stands for a missing row is one row');
  return rows.row(0);
}

/** Right queries that run at once; they share round trips where the transport does. */
const parallel = 16;
const chunkRows = 256;
const batchRows = 512;

/**
 * Reads the left side to its end, then asks the right side once for each distinct set of values that it carries
 * over. Rows keep the left side's order. The left side is read first because both sides may need the one connection
 * that a transaction has to a shard.
 */
export class Join implements Primitive {
  constructor(private readonly options: JoinOptions) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (left) => holding(ctx, (found) => this.run(ctx, bindVariables, left, found)));
  }

  /** `budget` is of the left side's rows, `foundRows` of those that were found for a part of them. */
  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
    foundRows: RowBudget,
  ): AsyncGenerator<Result> {
    const left = await RowSpool.of(this.options.left.execute(ctx, bindVariables), ctx, budget);
    try {
      yield* this.joined(left, ctx, bindVariables, foundRows);
    } finally {
      await left.close();
    }
  }

  private async *joined(
    left: RowSpool,
    ctx: ExecContext,
    bindVariables: BindVariables,
    foundRows: RowBudget,
  ): AsyncGenerator<Result> {
    if (left.length === 0) {
      const right = await this.rightFields(ctx, bindVariables, left.fields);
      yield emptyResult({ fields: this.header(left.fields, right) });
      return;
    }
    const slice = new CpuSlice(ctx.signal);
    const missing = await missingRow(this.options.missing, ctx, bindVariables);
    const cache = new Map<string, Result>();
    let sentHeader = false;
    for await (const chunk of left.chunks(chunkRows)) {
      const rows = chunk.rows();
      if (this.options.variables.length > 0) {
        cache.clear();
        foundRows.release();
      }
      const found = await this.lookUp(ctx, bindVariables, left.fields, rows, cache, foundRows);
      if (!sentHeader) yield emptyResult({ fields: this.header(left.fields, found[0].fields) });
      sentHeader = true;
      const out = new RowBatchBuilder(this.options.columns.length);
      for (const [i, row] of rows.entries()) {
        for (let j = 0; j < Math.max(found[i].rows.length, this.options.outer ? 1 : 0); j++) {
          this.emit(out, row, j < found[i].rows.length ? found[i].rows.row(j) : missing);
          if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
          if (slice.due()) await slice.pause();
        }
      }
      if (out.length > 0) yield emptyResult({ rows: out.finish() });
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const left = await this.options.left.fields(ctx, bindVariables);
    return this.header(left, await this.rightFields(ctx, bindVariables, left));
  }

  describe(): PrimitiveDescription {
    const { left, right, outer, variables, columns, missing } = this.options;
    return {
      operatorType: 'Join',
      variant: outer ? 'LeftJoin' : 'Join',
      other: {
        JoinColumnIndexes: columns.map((c) => `${c.side === 'left' ? 'L' : 'R'}:${c.column}`).join(','),
        JoinVars: Object.fromEntries(variables.map((v) => [v.name, v.column])),
      },
      inputs: [left, right, ...(missing === undefined ? [] : [missing])].map((i) => i.describe()),
    };
  }

  /** The right rows of each left row, asked once for equal values. */
  private async lookUp(
    ctx: ExecContext,
    bindVariables: BindVariables,
    fields: readonly Field[],
    rows: readonly Row[],
    cache: Map<string, Result>,
    budget: RowBudget,
  ): Promise<Result[]> {
    const keys = rows.map((row) => this.variableKey(row));
    const missing = new Map<string, Row>();
    keys.forEach((key, i) => {
      if (!cache.has(key) && !missing.has(key)) missing.set(key, rows[i]);
    });
    const todo = [...missing];
    const worker = async (): Promise<void> => {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        const binds = { ...bindVariables };
        for (const { name, column, into } of this.options.variables) {
          binds[name] = carriedValue(fields[column], next[1][column], into);
        }
        cache.set(next[0], await collectResults(this.options.right.execute(ctx, binds), budget));
      }
    };
    const settled = await Promise.allSettled(
      Array.from({ length: Math.min(parallel, todo.length) }, () =>
        worker().catch((error: unknown) => {
          todo.length = 0;
          throw error;
        }),
      ),
    );
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    return keys.map((key) => cache.get(key)!);
  }

  private variableKey(row: Row): string {
    return this.options.variables
      .map(({ column }) => {
        const value = row[column];
        return value === null ? 'n' : `${value.length}:${value.toString('latin1')}`;
      })
      .join(',');
  }

  private emit(out: RowBatchBuilder, left: Row, right: Row | undefined): void {
    for (const { side, column } of this.options.columns) {
      out.addValue(side === 'left' ? left[column] : (right?.[column] ?? null));
    }
    out.endRow();
  }

  private rightFields(ctx: ExecContext, given: BindVariables, left: readonly Field[]): Promise<Field[]> {
    const binds = { ...given };
    for (const { name, column, into } of this.options.variables) {
      binds[name] = carriedValue(left[column], null, into);
    }
    return this.options.right.fields(ctx, binds);
  }

  private header(left: readonly Field[], right: readonly Field[]): Field[] {
    return this.options.columns.map(({ side, column }) => {
      if (side === 'left') return left[column];
      const field = right[column];
      return this.options.outer ? { ...field, flags: field.flags & ~MySqlFlag.NOT_NULL } : field;
    });
  }
}
