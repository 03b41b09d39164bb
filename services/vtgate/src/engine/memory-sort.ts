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
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { describeOrder } from './route';

interface SortRow {
  keys: RowKeys;
  bytes: Buffer;
}

const batchRows = 512;
/** Rows that are sorted in one go; short enough to keep a CPU slice under the limit. */
const runRows = 2048;

/** Holds all rows of its input and gives them in order; rows that are equal keep their order. */
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
    let order: RowOrder | undefined;
    let fields: Field[] = [];
    const rows: SortRow[] = [];
    for await (const { fields: header, rows: batch } of this.input.execute(ctx, bindVariables)) {
      if (order === undefined) {
        fields = header;
        order = new RowOrder(header, this.orderBy);
      }
      budget.add(batch.length);
      for (let i = 0; i < batch.length; i++) {
        rows.push({ keys: order.keysOf(batch.row(i)), bytes: batch.rowBytes(i) });
        if (slice.due()) await slice.pause();
      }
    }
    const width = fields.length - this.hidden;
    yield emptyResult({ fields: fields.slice(0, width) });
    if (order === undefined) return;
    const out = new RowBatchBuilder(fields.length);
    for (const row of await sortInSlices(rows, order, slice)) {
      out.addEncoded(row.bytes);
      if (out.length >= batchRows) yield emptyResult({ rows: cutColumns(out.finish(), width) });
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

/** A stable merge sort that lets other work run between its steps. */
async function sortInSlices(rows: SortRow[], order: RowOrder, slice: CpuSlice): Promise<SortRow[]> {
  const compare = (a: SortRow, b: SortRow): number => order.compare(a.keys, b.keys);
  let runs: SortRow[][] = [];
  for (let i = 0; i < rows.length; i += runRows) {
    runs.push(rows.slice(i, i + runRows).sort(compare));
    await slice.pause();
  }
  while (runs.length > 1) {
    const merged: SortRow[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(i + 1 < runs.length ? await mergeRuns(runs[i], runs[i + 1], compare, slice) : runs[i]);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(
  a: SortRow[],
  b: SortRow[],
  compare: (a: SortRow, b: SortRow) => number,
  slice: CpuSlice,
): Promise<SortRow[]> {
  const out = new Array<SortRow>(a.length + b.length);
  for (let i = 0, j = 0, k = 0; k < out.length; k++) {
    out[k] = j >= b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++];
    if (slice.due()) await slice.pause();
  }
  return out;
}
