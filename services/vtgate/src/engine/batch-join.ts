import {
  MySqlFlag,
  RowBatchBuilder,
  bindVariableOf,
  emptyResult,
  isIntegral,
  listBindVariable,
  nullBindVariable,
  type BindVariables,
  type Field,
  type Result,
  type Row,
} from '@vitess-ts/sqltypes';
import { RowBudget, collectResults } from './collect';
import { CpuSlice } from './cpu-slice';
import { missingRow, type JoinColumn } from './join';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { unsupported } from './unsupported';

export interface BatchJoinOptions {
  left: Primitive;
  right: Primitive;
  /** A left row without right rows gives one row with NULLs. */
  outer: boolean;
  /** List variable of the right side: the values of the first left key. */
  listVariable: string;
  /** Columns that are equal in rows that join; all are integers. */
  leftKeys: number[];
  rightKeys: number[];
  columns: JoinColumn[];
  /** As of a `Join`. */
  missing?: Primitive;
}

/** Left rows whose keys go into one right query. */
const batchLeftRows = 2000;
const batchRows = 512;

/**
 * Joins by equality of integers: reads the left side to its end, then asks the right side for the rows of many left
 * rows at once, by a list. Right rows stream through; only the left side is held. Rows come in no order.
 */
export class BatchJoin implements Primitive {
  constructor(private readonly options: BatchJoinOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const budget = new RowBudget(ctx.maxMemoryRows);
    const left = await collectResults(this.options.left.execute(ctx, bindVariables), budget);
    checkIntegers(left.fields, this.options.leftKeys);
    let sentHeader = false;
    for (let from = 0; from < left.rows.length; from += batchLeftRows) {
      const rows = left.rows.slice(from, from + batchLeftRows).rows();
      const batch = new LeftBatch(rows, this.options.leftKeys);
      if (batch.byKey.size > 0) {
        const values = batch.firstKeys.map((v) =>
          bindVariableOf(left.fields[this.options.leftKeys[0]].type, v),
        );
        const binds = { ...bindVariables, [this.options.listVariable]: listBindVariable(values) };
        for await (const result of this.matches(ctx, binds, batch, left.fields, sentHeader)) {
          sentHeader = true;
          yield result;
        }
      }
      if (!this.options.outer || batch.unmatched.size === 0) continue;
      if (!sentHeader) yield await this.emptyHeader(ctx, bindVariables, left.fields);
      sentHeader = true;
      const missing = await missingRow(this.options.missing, ctx, bindVariables);
      const out = new RowBatchBuilder(this.options.columns.length);
      for (const i of batch.unmatched) this.emit(out, rows[i], missing);
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
    const { left, right, outer, leftKeys, rightKeys, columns, listVariable, missing } = this.options;
    return {
      operatorType: 'Join',
      variant: outer ? 'BatchLeftJoin' : 'BatchJoin',
      other: {
        JoinColumnIndexes: columns.map((c) => `${c.side === 'left' ? 'L' : 'R'}:${c.column}`).join(','),
        JoinVars: { [listVariable]: leftKeys[0] },
        Predicate: leftKeys.map((k, i) => `L:${k} = R:${rightKeys[i]}`).join(' and '),
      },
      inputs: [left, right, ...(missing === undefined ? [] : [missing])].map((i) => i.describe()),
    };
  }

  private async *matches(
    ctx: ExecContext,
    binds: BindVariables,
    batch: LeftBatch,
    leftFields: readonly Field[],
    sentHeader: boolean,
  ): AsyncGenerator<Result> {
    const { rightKeys, columns, right } = this.options;
    const slice = new CpuSlice(ctx.signal);
    const out = new RowBatchBuilder(columns.length);
    let isFirst = true;
    for await (const result of right.execute(ctx, binds)) {
      if (isFirst) {
        checkIntegers(result.fields, rightKeys);
        if (!sentHeader) yield emptyResult({ fields: this.header(leftFields, result.fields) });
      }
      isFirst = false;
      for (let i = 0; i < result.rows.length; i++) {
        const row = result.rows.row(i);
        const key = keyOf(row, rightKeys);
        for (const match of (key === undefined ? undefined : batch.byKey.get(key)) ?? []) {
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
    const { right, listVariable } = this.options;
    return right.fields(ctx, { ...bindVariables, [listVariable]: listBindVariable([nullBindVariable()]) });
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
  /** The distinct values of the first key. */
  readonly firstKeys: Buffer[] = [];
  readonly unmatched = new Set<number>();

  constructor(
    readonly rows: readonly Row[],
    keys: readonly number[],
  ) {
    const seen = new Set<string>();
    rows.forEach((row, i) => {
      this.unmatched.add(i);
      const key = keyOf(row, keys);
      if (key === undefined) return;
      const same = this.byKey.get(key);
      if (same === undefined) this.byKey.set(key, [i]);
      else same.push(i);
      const first = row[keys[0]];
      const text = first?.toString('latin1') ?? '';
      if (first === null || seen.has(text)) return;
      seen.add(text);
      this.firstKeys.push(first);
    });
  }
}

/** Integers have one text each, but for zeros that ZEROFILL puts in front. */
function keyOf(row: Row, columns: readonly number[]): string | undefined {
  const parts: string[] = [];
  for (const column of columns) {
    const value = row[column];
    if (value === null) return undefined;
    const text = value.toString('latin1');
    parts.push(text.startsWith('0') && text.length > 1 ? BigInt(text).toString() : text);
  }
  return parts.join(',');
}

function checkIntegers(fields: readonly Field[], columns: readonly number[]): void {
  const other = columns.map((c) => fields[c]).find((f) => !isIntegral(f.type));
  if (other === undefined) return;
  throw unsupported(
    `joining by column '${other.name}', which is no longer of the type that the schema said`,
    'run the statement again when the schema has been read anew',
  );
}
