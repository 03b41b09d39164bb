import { unreachable } from '@vitess-ts/base';
import { aggregateRows, mergePartials, type Aggregation } from '@vitess-ts/evalengine';
import {
  MySqlFlag,
  Type,
  isIntegral,
  isUnsigned,
  typeName,
  type Field,
  type Row,
  type Value,
} from '@vitess-ts/sqltypes';
import type { Accumulator, GroupFunction } from './accumulator';
import { groupConcat, type GroupConcat } from './group-concat';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
import { variance, type Variance } from './variance';
import { unsupported } from './unsupported';

/**
 * How one aggregate is made from the rows of a group. `header` is an input column whose header the result has: the
 * shard evaluated the same expression, so its type is MySQL's own.
 */
export type AggregateFunction =
  /** Rows, or with `column` its values that are not NULL. */
  | { function: 'count'; column?: number; header?: number; distinct?: OrderKey[] }
  /** Adds up counts that shards made. */
  | { function: 'sumOfCounts'; column: number }
  /** `partial`: the column has sums that shards made. */
  | { function: 'sum'; column: number; partial?: boolean; header?: number; distinct?: OrderKey[] }
  /** From the shards' sums and counts. */
  | { function: 'averageOf'; sum: number; count: number; header: number }
  | { function: 'avg'; column: number; header?: number; distinct?: OrderKey[] }
  /** `widens`: an integer becomes a BIGINT. */
  | { function: 'min' | 'max'; key: OrderKey; widens?: boolean }
  | { function: 'bit_and' | 'bit_or' | 'bit_xor'; column: number }
  | GroupConcat
  | Variance
  /** The value of the group's first row: a group key, or ANY_VALUE. */
  | { function: 'first'; column: number };

export function groupFunction(aggregate: AggregateFunction, fields: readonly Field[]): GroupFunction {
  switch (aggregate.function) {
    case 'count':
      return withHeader(countOf(aggregate.column, aggregate.header, fields), fields[aggregate.header ?? -1]);
    case 'sumOfCounts':
      return ofColumn(mergePartials('count', fields[aggregate.column]), aggregate.column, fields);
    case 'sum':
    case 'avg': {
      const { column, header } = aggregate;
      const isPartial = aggregate.function === 'sum' && aggregate.partial === true;
      const aggregation = isPartial
        ? mergePartials('sum', fields[column])
        : aggregateRows(aggregate.function, fields[column]);
      return withHeader(ofColumn(aggregation, column, fields), fields[header ?? -1]);
    }
    case 'averageOf':
      return averageOf(aggregate, fields);
    case 'min':
    case 'max':
      return extreme(aggregate, fields);
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return ofColumn(mergePartials(aggregate.function, fields[aggregate.column]), aggregate.column, fields);
    case 'group_concat':
      return groupConcat(aggregate, fields);
    case 'variance':
      return variance(aggregate, fields);
    case 'first':
      return { field: fields[aggregate.column], create: () => new First(aggregate.column) };
    default:
      return unreachable(aggregate);
  }
}

function withHeader(of: GroupFunction, header: Field | undefined): GroupFunction {
  return header === undefined ? of : { ...of, field: header };
}

/** `column` undefined counts rows. */
function countOf(
  column: number | undefined,
  header: number | undefined,
  fields: readonly Field[],
): GroupFunction {
  const input = fields[column ?? header ?? 0] ?? { name: '', type: Type.INT64 };
  const aggregation = aggregateRows(column === undefined ? 'count_star' : 'count', input);
  if (aggregation === undefined) throw cannotAggregate(input);
  return {
    field: aggregation.field,
    create: () => {
      const state = aggregation.create();
      return {
        add: (row) => state.add(column === undefined ? null : row[column]),
        result: () => state.result(),
      };
    },
  };
}

function ofColumn(
  aggregation: Aggregation | undefined,
  column: number,
  fields: readonly Field[],
): GroupFunction {
  if (aggregation === undefined) throw cannotAggregate(fields[column]);
  return {
    field: aggregation.field,
    create: () => {
      const state = aggregation.create();
      return { add: (row) => state.add(row[column]), result: () => state.result() };
    },
  };
}

/** The quotient has the scale that the shard's own AVG has. */
function averageOf(
  { sum, count, header }: Extract<AggregateFunction, { function: 'averageOf' }>,
  fields: readonly Field[],
): GroupFunction {
  const increment = Math.max(0, fields[header].decimals - fields[sum].decimals);
  const aggregation = mergePartials('avg', fields[sum], { divPrecisionIncrement: increment });
  if (aggregation === undefined) throw cannotAggregate(fields[sum]);
  return {
    field: fields[header],
    create: () => {
      const state = aggregation.create();
      return { add: (row) => state.add(row[sum], row[count]), result: () => state.result() };
    },
  };
}

function cannotAggregate(field: Pick<Field, 'name' | 'type'>): Error {
  return unsupported(
    `aggregating ${typeName(field.type)} column '${field.name}' in the gate`,
    'CAST the argument to DECIMAL or DOUBLE, or group by the column of the primary vindex',
  );
}

const keyFlags =
  MySqlFlag.NOT_NULL |
  MySqlFlag.PRI_KEY |
  MySqlFlag.UNIQUE_KEY |
  MySqlFlag.MULTIPLE_KEY |
  MySqlFlag.AUTO_INCREMENT |
  MySqlFlag.NO_DEFAULT_VALUE |
  MySqlFlag.ON_UPDATE_NOW;

/** The least or greatest value by MySQL's order of its type. */
function extreme(
  { function: name, key, widens }: Extract<AggregateFunction, { function: 'min' | 'max' }>,
  fields: readonly Field[],
): GroupFunction {
  const sign = name === 'min' ? -1 : 1;
  const order = new RowOrder(fields, [{ ...key, descending: false }]);
  const field = fields[key.column];
  const wide = isUnsigned(field.type) ? Type.UINT64 : Type.INT64;
  const type = widens && isIntegral(field.type) && field.type !== Type.YEAR ? wide : field.type;
  return {
    field: {
      ...field,
      type,
      flags: field.flags & ~keyFlags,
      orgName: '',
      orgTable: '',
      table: '',
      database: '',
    },
    create: () => new Extreme(key.column, order, sign),
  };
}

class Extreme implements Accumulator {
  private best: RowKeys | undefined;
  private value: Value = null;

  constructor(
    private readonly column: number,
    private readonly order: RowOrder,
    private readonly sign: 1 | -1,
  ) {}
  add(row: Row): void {
    if (row[this.column] === null) return;
    const keys = this.order.keysOf(row);
    if (this.best !== undefined && this.order.compare(keys, this.best) * this.sign <= 0) return;
    this.best = keys;
    this.value = row[this.column];
  }
  result(): Value {
    return this.value;
  }
}

class First implements Accumulator {
  private value: Value | undefined;
  constructor(private readonly column: number) {}
  add(row: Row): void {
    if (this.value === undefined) this.value = row[this.column];
  }
  result(): Value {
    return this.value ?? null;
  }
}
