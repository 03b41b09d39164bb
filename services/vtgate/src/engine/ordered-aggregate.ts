import {
  RowBatchBuilder,
  emptyResult,
  type BindVariables,
  type Field,
  type Result,
  type Row,
} from '@vitess-ts/sqltypes';
import type { Accumulator, GroupFunction } from './accumulator';
import { groupFunction, type AggregateFunction } from './aggregate-function';
import { holding, type RowBudget } from './collect';
import { CpuSlice } from './cpu-slice';
import { rowKeyText } from './distinct-key';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';

export interface AggregateColumn {
  aggregate: AggregateFunction;
  /** Name of the result column; that of its header when absent. */
  name?: string;
}

const batchRows = 512;

/**
 * Groups rows that come in the order of the group keys, one group in memory at a time. Without group keys there is
 * always exactly one result row. Values of DISTINCT aggregates are remembered per group, within the row limit.
 */
export class OrderedAggregate implements Primitive {
  constructor(
    private readonly input: Primitive,
    private readonly groupBy: readonly OrderKey[],
    private readonly columns: readonly AggregateColumn[],
  ) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    return holding(ctx, (budget) => this.run(ctx, bindVariables, budget));
  }

  private async *run(
    ctx: ExecContext,
    bindVariables: BindVariables,
    budget: RowBudget,
  ): AsyncGenerator<Result> {
    const out = new RowBatchBuilder(this.columns.length);
    const slice = new CpuSlice(ctx.signal);
    let grouping: Grouping | undefined;
    for await (const result of this.input.execute(ctx, bindVariables)) {
      if (grouping === undefined) {
        grouping = new Grouping(result.fields, this.groupBy, this.columns, budget);
        yield emptyResult({ fields: this.header(result.fields) });
      }
      for (let i = 0; i < result.rows.length; i++) {
        grouping.add(result.rows.row(i), out);
        if (slice.due()) await slice.pause();
      }
      if (out.length >= batchRows) yield emptyResult({ rows: out.finish() });
    }
    grouping?.finish(out);
    if (out.length > 0) yield emptyResult({ rows: out.finish() });
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    return this.header(await this.input.fields(ctx, bindVariables));
  }

  describe(): PrimitiveDescription {
    return {
      operatorType: 'Aggregate',
      variant: this.groupBy.length === 0 ? 'Scalar' : 'Ordered',
      other: {
        Aggregates: this.columns.map((c) => describeAggregate(c)).join(', '),
        ...(this.groupBy.length === 0 ? {} : { GroupBy: this.groupBy.map((k) => describeKey(k)).join(', ') }),
      },
      inputs: [this.input.describe()],
    };
  }

  private header(fields: readonly Field[]): Field[] {
    return this.columns.map(({ aggregate, name }) => {
      const { field } = groupFunction(aggregate, fields);
      return name === undefined ? field : { ...field, name };
    });
  }
}

function describeKey(key: OrderKey): string {
  return key.weightColumn === undefined ? `${key.column}` : `(${key.column}|${key.weightColumn})`;
}

function describeArgument(aggregate: AggregateFunction): string {
  switch (aggregate.function) {
    case 'averageOf':
      return `${aggregate.sum}/${aggregate.count}`;
    case 'min':
    case 'max':
      return describeKey(aggregate.key);
    case 'group_concat':
      return `${aggregate.text}`;
    default:
      return `${aggregate.column ?? '*'}`;
  }
}

function describeAggregate({ aggregate, name }: AggregateColumn): string {
  const argument = describeArgument(aggregate);
  const distinct = 'distinct' in aggregate && aggregate.distinct !== undefined ? 'distinct ' : '';
  return `${aggregate.function}(${distinct}${argument})${name === undefined ? '' : ` AS ${name}`}`;
}

/** One aggregate of the group in hand; a DISTINCT one sees each value once. */
interface Slot {
  of: GroupFunction;
  accumulator: Accumulator;
  distinct?: RowOrder;
  seen: Set<string>;
  keyColumns: number[];
}

class Grouping {
  private readonly order: RowOrder;
  private readonly slots: Slot[];
  private keys: RowKeys | undefined;

  constructor(
    fields: readonly Field[],
    private readonly groupBy: readonly OrderKey[],
    columns: readonly AggregateColumn[],
    private readonly budget: RowBudget,
  ) {
    this.order = new RowOrder(fields, groupBy);
    this.slots = columns.map(({ aggregate }) => {
      const of = groupFunction(aggregate, fields);
      const keys = 'distinct' in aggregate ? aggregate.distinct : undefined;
      return {
        of,
        accumulator: of.create(),
        distinct: keys === undefined ? undefined : new RowOrder(fields, keys),
        seen: new Set<string>(),
        keyColumns: (keys ?? []).map((k) => k.column),
      };
    });
  }

  add(row: Row, out: RowBatchBuilder): void {
    const keys = this.order.keysOf(row);
    if (this.keys !== undefined && !this.order.equal(keys, this.keys)) {
      this.emit(out);
      this.reset();
    }
    this.keys ??= keys;
    for (const slot of this.slots) if (this.isNew(slot, row)) slot.accumulator.add(row);
  }

  finish(out: RowBatchBuilder): void {
    if (this.keys !== undefined || this.groupBy.length === 0) this.emit(out);
  }

  private isNew(slot: Slot, row: Row): boolean {
    if (slot.distinct === undefined) return true;
    // COUNT(DISTINCT a, b) leaves out rows in which any of them is NULL.
    if (slot.keyColumns.some((c) => row[c] === null)) return false;
    const key = rowKeyText(slot.distinct, row);
    if (slot.seen.has(key)) return false;
    this.budget.add(1);
    slot.seen.add(key);
    return true;
  }

  private emit(out: RowBatchBuilder): void {
    out.add(this.slots.map((slot) => slot.accumulator.result()));
  }

  private reset(): void {
    this.keys = undefined;
    this.budget.release();
    for (const slot of this.slots) {
      slot.accumulator = slot.of.create();
      slot.seen = new Set();
    }
  }
}
