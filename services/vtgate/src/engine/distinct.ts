import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { holding, type RowBudget } from './collect';
import { cutColumns } from './column-cut';
import { CpuSlice } from './cpu-slice';
import { keyText } from './distinct-key';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { SpilledSort } from './spill/spilled-sort';

/**
 * Passes on the first of the rows whose keys are equal; remembers one key a distinct row. Where the statement may spill,
 * rows with keys beyond those that memory holds come last, sorted in a file.
 */
export class Distinct implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly keys: readonly OrderKey[],
    /** Number of columns at the end that serve the comparison only and are cut. */
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
    const seen = new SeenKeys(ctx, budget);
    let order: RowOrder | undefined;
    let width = 0;
    let late: SpilledSort | undefined;
    try {
      for await (const result of this.input.execute(ctx, bindVariables)) {
        if (order === undefined) {
          order = new RowOrder(result.fields, this.keys);
          width = result.fields.length - this.hidden;
          if (ctx.spill !== undefined) late = new SpilledSort(ctx.spill, order, result.fields.length, slice);
          yield emptyResult({ fields: result.fields.slice(0, width) });
        }
        const out = new RowBatchBuilder(result.rows.columns);
        for (let i = 0; i < result.rows.length; i++) {
          const keys = order.keysOf(result.rows.row(i));
          const bytes = result.rows.rowBytes(i);
          const found = seen.see(keyText(keys));
          if (found === 'new') out.addEncoded(bytes);
          else if (found === 'unknown') late?.add({ keys, bytes });
          if (slice.due()) await slice.pause();
        }
        if (out.length > 0) yield emptyResult({ rows: cutColumns(out.finish(), width) });
        if (late?.isFull) await late.spill();
      }
      if (late !== undefined && order !== undefined && seen.isFull) yield* this.firsts(late, order, width);
    } finally {
      await late?.close();
    }
  }

  /** The first of those that are equal, of rows in order. */
  private async *firsts(rows: SpilledSort, order: RowOrder, width: number): AsyncGenerator<Result> {
    let last: RowKeys | undefined;
    for await (const block of rows.sorted()) {
      let out: RowBatchBuilder | undefined;
      for (const { keys, bytes } of block) {
        if (last !== undefined && order.equal(last, keys)) continue;
        last = keys;
        out ??= new RowBatchBuilder(width + this.hidden);
        out.addEncoded(bytes);
      }
      if (out !== undefined) yield emptyResult({ rows: cutColumns(out.finish(), width) });
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const fields = await this.input.fields(ctx, bindVariables);
    return fields.slice(0, fields.length - this.hidden);
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Distinct',
      other: {
        Collations: this.keys.map((k) =>
          k.weightColumn === undefined ? `${k.column}` : `(${k.column}:${k.weightColumn})`,
        ),
        ...(this.hidden === 0 ? {} : { HiddenColumns: this.hidden }),
      },
      inputs: [this.input.describe()],
    };
  }
}

/** Tells new keys from known ones as far as memory goes. */
class SeenKeys {
  private readonly keys = new Set<string>();
  private readonly most: number;

  constructor(
    ctx: ExecContext,
    private readonly budget: RowBudget,
  ) {
    this.most = ctx.spill === undefined ? Infinity : ctx.spill.memoryRows;
  }

  get isFull(): boolean {
    return this.keys.size >= this.most;
  }

  /** `unknown`: not among those that are held, and no more are. Throws where they must all be held and are too many. */
  see(key: string): 'new' | 'known' | 'unknown' {
    if (this.keys.has(key)) return 'known';
    if (this.isFull) return 'unknown';
    if (this.most === Infinity) this.budget.add(1);
    this.keys.add(key);
    return 'new';
  }
}
