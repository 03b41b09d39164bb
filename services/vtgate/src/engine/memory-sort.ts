import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { cutColumns } from './column-cut';
import { holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import { RowOrder, type OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { describeOrder } from './route';
import { sortInSlices, type SortRow } from './sort-in-slices';
import { SpilledSort } from './spill/spilled-sort';

const batchRows = 512;
const batchBytes = 128 * 1024;

/**
 * Gives the rows of its input in order; rows that are equal keep their order. It holds them in memory, or where the
 * statement may spill, sorted runs of them in a file.
 */
export class MemorySort implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly orderBy: readonly OrderKey[],
    /** Number of columns at the end that serve the order only and are cut. */
    private readonly hidden = 0,
  ) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (budget) => this.run(ctx, bindVariables, budget));
  }

  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
  ): AsyncGenerator<Result> {
    const slice = new CpuSlice(ctx.signal);
    let fields: Field[] = [];
    let sort: SpilledSort | undefined;
    let order: RowOrder | undefined;
    const held: SortRow[] = [];
    try {
      for await (const { fields: header, rows: batch } of this.input.execute(ctx, bindVariables)) {
        if (order === undefined) {
          fields = header;
          order = new RowOrder(header, this.orderBy);
          if (ctx.spill !== undefined) sort = new SpilledSort(ctx.spill, order, header.length, slice);
        }
        if (sort === undefined) budget.add(batch.length);
        for (let i = 0; i < batch.length; i++) {
          const row = { keys: order.keysOf(batch.row(i)), bytes: batch.rowBytes(i) };
          if (sort === undefined) held.push(row);
          else sort.add(row);
          if (slice.due()) await slice.pause();
        }
        if (sort?.isFull) await sort.spill();
      }
      yield emptyResult({ fields: fields.slice(0, fields.length - this.hidden) });
      if (order === undefined) return;
      const blocks = sort?.sorted() ?? [await sortInSlices(held, order, slice)];
      for await (const block of blocks) yield* this.batches(block, fields.length);
    } finally {
      await sort?.close();
    }
  }

  private *batches(rows: readonly SortRow[], columns: number): Generator<Result> {
    const width = columns - this.hidden;
    const out = new RowBatchBuilder(columns);
    for (const row of rows) {
      out.addEncoded(row.bytes);
      if (out.length < batchRows && out.byteLength < batchBytes) continue;
      yield emptyResult({ rows: cutColumns(out.finish(), width) });
    }
    if (out.length > 0) yield emptyResult({ rows: cutColumns(out.finish(), width) });
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const fields = await this.input.fields(ctx, bindVariables);
    return fields.slice(0, fields.length - this.hidden);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Sort',
      variant: 'Memory',
      other: {
        OrderBy: describeOrder(this.orderBy),
        ...(this.hidden === 0 ? {} : { HiddenColumns: this.hidden }),
      },
      inputs: [this.input.describe()],
    };
  }
}
