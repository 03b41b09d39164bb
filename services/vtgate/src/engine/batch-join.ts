import {
  MySqlFlag,
  RowBatchBuilder,
  emptyResult,
  listBindVariable,
  nullBindVariable,
  type BindVariables,
  type Field,
  type Result,
  type Row,
  type RowBatch,
} from '@vitess-ts/sqltypes';
import { carriedValue } from './carried-value';
import { holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import { keyText } from './distinct-key';
import { missingRow, type JoinColumn } from './join';
import { checkJoinKeys } from './join-keys';
import { RowOrder, type OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { RowSpool } from './spill/row-spool';

export interface BatchJoinOptions {
  left: Primitive;
  right: Primitive;
  /** A left row without right rows gives one row with NULLs. */
  outer: boolean;
  /** List variables of the right side, each with the number of the left key whose values it takes. */
  lists: { variable: string; key: number }[];
  /** Equal keys join; the two sides' keys have the same kind of type and collation, which the planner must know. */
  leftKeys: OrderKey[];
  rightKeys: OrderKey[];
  columns: JoinColumn[];
  /** As of a `Join`. */
  missing?: Primitive;
  /** The right side without the list: read once where lists would be very many. */
  whole?: Primitive;
}

/** What the batches of one execution share. */
interface Reading {
  left: RowSpool;
  slice: CpuSlice;
  /** Set while the right side is read whole for each batch. */
  whole: Primitive | undefined;
  sentHeader: boolean;
}

/** Left rows whose keys go into one right query. */
const batchLeftRows = 2000;
/** From here on the right side is read whole: so many lists cost it more than one pass. */
const maxListedRows = 10 * batchLeftRows;
const batchRows = 512;

/**
 * Joins by equality of keys: reads the left side to its end, then asks the right side for the rows of many left rows
 * at once, by a list. Right rows stream through; only the left side is held. Rows come in no order.
 */
export class BatchJoin implements Primitive {
  constructor(readonly options: BatchJoinOptions) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (budget) => this.run(ctx, bindVariables, budget));
  }

  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
  ): AsyncGenerator<Result> {
    const left = await RowSpool.of(this.options.left.execute(ctx, bindVariables), ctx, budget);
    try {
      yield* this.joined(left, ctx, bindVariables);
    } finally {
      await left.close();
    }
  }

  private async *joined(
    left: RowSpool,
    ctx: ExecContext,
    bindVariables: BindVariables,
  ): AsyncGenerator<Result> {
    const slice = new CpuSlice(ctx.signal);
    const reading: Reading = {
      left,
      slice,
      whole: left.length > maxListedRows ? this.options.whole : undefined,
      sentHeader: false,
    };
    for await (const chunk of left.chunks(ctx.spill?.memoryRows ?? Math.max(left.length, 1))) {
      for (let from = 0; from < chunk.length;) {
        const each = reading.whole === undefined ? batchLeftRows : chunk.length;
        yield* this.batch(chunk.slice(from, from + each), reading, ctx, bindVariables);
        from += each;
      }
    }
    if (!reading.sentHeader) yield await this.emptyHeader(ctx, bindVariables, left.fields);
  }

  private async *batch(
    rows: RowBatch,
    reading: Reading,
    ctx: ExecContext,
    bindVariables: BindVariables,
  ): AsyncGenerator<Result> {
    const { leftKeys, outer } = this.options;
    const { left, slice, whole } = reading;
    const batch = await LeftBatch.of(rows, left.fields, leftKeys, slice);
    if (batch.byKey.size > 0) {
      const found =
        whole?.execute(ctx, bindVariables) ??
        this.options.right.execute(ctx, this.withLists(bindVariables, batch, left.fields));
      yield* this.matches(found, batch, reading);
    }
    if (!outer || batch.unmatched.size === 0) return;
    if (!reading.sentHeader) yield await this.emptyHeader(ctx, bindVariables, left.fields);
    reading.sentHeader = true;
    const missing = await missingRow(this.options.missing, ctx, bindVariables);
    const out = new RowBatchBuilder(this.options.columns.length);
    for (const i of batch.unmatched) {
      this.emit(out, batch.rows[i], missing);
      if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
    }
    if (out.length > 0) yield emptyResult({ rows: out.finish() });
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.header(
      await this.options.left.fields(ctx, bindVariables),
      await this.rightFields(ctx, bindVariables),
    );
  }

  describe(): PrimitiveDescription {
    const { left, right, outer, leftKeys, rightKeys, columns, lists, missing } = this.options;
    return {
      operatorType: 'Join',
      variant: outer ? 'BatchLeftJoin' : 'BatchJoin',
      other: {
        JoinColumnIndexes: columns.map((c) => `${c.side === 'left' ? 'L' : 'R'}:${c.column}`).join(','),
        JoinVars: Object.fromEntries(lists.map(({ variable, key }) => [variable, leftKeys[key].column])),
        Predicate: leftKeys.map((k, i) => `L:${k.column} = R:${rightKeys[i].column}`).join(' and '),
      },
      inputs: [left, right, ...(missing === undefined ? [] : [missing])].map((i) => i.describe()),
    };
  }

  private withLists(bindVariables: BindVariables, batch: LeftBatch, fields: readonly Field[]): BindVariables {
    const binds = { ...bindVariables };
    for (const { variable, key } of this.options.lists) {
      const { column } = this.options.leftKeys[key];
      const values = batch.distinctValues(column);
      binds[variable] = listBindVariable(values.map((v) => carriedValue(fields[column], v, 'comparison')));
    }
    return binds;
  }

  private async *matches(
    found: AsyncIterable<Result>,
    batch: LeftBatch,
    reading: Reading,
  ): AsyncGenerator<Result> {
    const { left, slice } = reading;
    const { leftKeys, rightKeys, columns } = this.options;
    let seen = 0;
    const out = new RowBatchBuilder(columns.length);
    let order: RowOrder | undefined;
    for await (const result of found) {
      if (order === undefined) {
        checkJoinKeys(left.fields, leftKeys, result.fields, rightKeys);
        order = new RowOrder(result.fields, rightKeys);
        if (!reading.sentHeader) yield emptyResult({ fields: this.header(left.fields, result.fields) });
        reading.sentHeader = true;
      }
      for (let i = 0; i < result.rows.length; i++) {
        const row = result.rows.row(i);
        const keys = order.keysOf(row);
        const matches = keys.values.includes(null) ? undefined : batch.byKey.get(keyText(keys));
        for (const match of matches ?? []) {
          batch.unmatched.delete(match);
          this.emit(out, batch.rows[match], row);
          if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
        }
        if (slice.due()) await slice.pause();
      }
      seen += result.rows.length;
    }
    if (out.length > 0) yield emptyResult({ rows: out.finish() });
    // What is larger than a batch costs too much to be read again for each.
    if (seen > batch.rows.length) reading.whole = undefined;
  }

  private emit(out: RowBatchBuilder, left: Row, right: Row | undefined): void {
    for (const { side, column } of this.options.columns) {
      out.addValue(side === 'left' ? left[column] : (right?.[column] ?? null));
    }
    out.endRow();
  }

  private async emptyHeader(ctx: ExecContext, binds: BindVariables, left: readonly Field[]): Promise<Result> {
    return emptyResult({ fields: this.header(left, await this.rightFields(ctx, binds)) });
  }

  private rightFields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const { right, lists } = this.options;
    const binds = { ...bindVariables };
    for (const { variable } of lists) binds[variable] = listBindVariable([nullBindVariable()]);
    return right.fields(ctx, binds);
  }

  private header(left: readonly Field[], right: readonly Field[]): Field[] {
    return this.options.columns.map(({ side, column }) => {
      if (side === 'left') return left[column];
      const field = right[column];
      return this.options.outer ? { ...field, flags: field.flags & ~MySqlFlag.NOT_NULL } : field;
    });
  }
}

/** Some left rows by their keys. NULL equals nothing. */
class LeftBatch {
  readonly byKey = new Map<string, number[]>();
  readonly unmatched = new Set<number>();
  readonly rows: Row[] = [];

  static async of(
    rows: RowBatch,
    fields: readonly Field[],
    keys: readonly OrderKey[],
    slice: CpuSlice,
  ): Promise<LeftBatch> {
    const batch = new LeftBatch();
    const order = new RowOrder(fields, keys);
    for (let i = 0; i < rows.length; i++) {
      batch.add(rows.row(i), order);
      if (slice.due()) await slice.pause();
    }
    return batch;
  }

  /** The values of a column in rows that may join. */
  distinctValues(column: number): Buffer[] {
    const values = new Map<string, Buffer>();
    for (const places of this.byKey.values()) {
      for (const place of places) {
        const value = this.rows[place][column];
        if (value !== null) values.set(value.toString('latin1'), value);
      }
    }
    return [...values.values()];
  }

  private add(row: Row, order: RowOrder): void {
    const i = this.rows.push(row) - 1;
    this.unmatched.add(i);
    const keys = order.keysOf(row);
    if (keys.values.includes(null)) return;
    const key = keyText(keys);
    const same = this.byKey.get(key);
    if (same === undefined) this.byKey.set(key, [i]);
    else same.push(i);
  }
}
