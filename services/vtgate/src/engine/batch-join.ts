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
import { collectResults, holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import { keyText } from './distinct-key';
import { missingRow, type JoinColumn } from './join';
import { checkJoinKeys } from './join-keys';
import { RowOrder, type OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

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
    const { leftKeys, whole, outer } = this.options;
    const left = await collectResults(this.options.left.execute(ctx, bindVariables), budget);
    const right = left.rows.length > maxListedRows ? whole : undefined;
    const each = right === undefined ? batchLeftRows : left.rows.length;
    const slice = new CpuSlice(ctx.signal);
    let sentHeader = false;
    for (let from = 0; from < left.rows.length; from += each) {
      const part = left.rows.slice(from, from + each);
      const batch = await LeftBatch.of(part, left.fields, leftKeys, slice);
      if (batch.byKey.size > 0) {
        const found =
          right?.execute(ctx, bindVariables) ??
          this.options.right.execute(ctx, this.withLists(bindVariables, batch, left.fields));
        for await (const result of this.matches(found, batch, left.fields, sentHeader, slice)) {
          sentHeader = true;
          yield result;
        }
      }
      if (!outer || batch.unmatched.size === 0) continue;
      if (!sentHeader) yield await this.emptyHeader(ctx, bindVariables, left.fields);
      sentHeader = true;
      const missing = await missingRow(this.options.missing, ctx, bindVariables);
      const out = new RowBatchBuilder(this.options.columns.length);
      for (const i of batch.unmatched) {
        this.emit(out, batch.rows[i], missing);
        if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
      }
      if (out.length > 0) yield emptyResult({ rows: out.finish() });
    }
    if (!sentHeader) yield await this.emptyHeader(ctx, bindVariables, left.fields);
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
    leftFields: readonly Field[],
    sentHeader: boolean,
    slice: CpuSlice,
  ): AsyncGenerator<Result> {
    const { leftKeys, rightKeys, columns } = this.options;
    const out = new RowBatchBuilder(columns.length);
    let order: RowOrder | undefined;
    for await (const result of found) {
      if (order === undefined) {
        checkJoinKeys(leftFields, leftKeys, result.fields, rightKeys);
        order = new RowOrder(result.fields, rightKeys);
        if (!sentHeader) yield emptyResult({ fields: this.header(leftFields, result.fields) });
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
    }
    if (out.length > 0) yield emptyResult({ rows: out.finish() });
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
