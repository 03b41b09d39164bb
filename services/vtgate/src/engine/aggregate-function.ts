import { unreachable } from '@vitess-ts/base';
import {
  BINARY_COLLATION,
  MySqlFlag,
  Type,
  isFloat,
  isIntegral,
  typeName,
  type Field,
  type Row,
  type Value,
} from '@vitess-ts/sqltypes';
import { addDecimals, divideDecimal, formatDecimal, parseDecimal, type ExactDecimal } from './exact-decimal';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
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
  | { function: 'sum'; column: number; header?: number; distinct?: OrderKey[] }
  /** From the shards' sums and counts. */
  | { function: 'averageOf'; sum: number; count: number; header: number }
  | { function: 'avg'; column: number; header?: number; distinct?: OrderKey[] }
  | { function: 'min' | 'max'; key: OrderKey }
  | { function: 'bit_and' | 'bit_or' | 'bit_xor'; column: number }
  /** The value of the group's first row: a group key, or ANY_VALUE. */
  | { function: 'first'; column: number };

/** The state of one aggregate over the rows of one group. */
export interface Accumulator {
  add(row: Row): void;
  result(): Value;
}

const maxBits = 0xffff_ffff_ffff_ffffn;

export function accumulatorFor(aggregate: AggregateFunction, fields: readonly Field[]): Accumulator {
  switch (aggregate.function) {
    case 'count':
      return new Count(aggregate.column);
    case 'sumOfCounts':
      return new Sum(aggregate.column, fields[aggregate.column], '0');
    case 'sum':
      return new Sum(aggregate.column, fields[aggregate.column]);
    case 'averageOf':
      return new Average(
        new Sum(aggregate.sum, fields[aggregate.sum]),
        new SumOfCounts(aggregate.count),
        fields[aggregate.header],
      );
    case 'avg':
      return new Average(
        new Sum(aggregate.column, fields[aggregate.column]),
        new Count(aggregate.column),
        aggregateField(aggregate, fields),
      );
    case 'min':
    case 'max':
      return new Extreme(aggregate.key, fields, aggregate.function === 'min' ? -1 : 1);
    case 'bit_and':
      return new Bits(aggregate.column, maxBits, (a, b) => a & b);
    case 'bit_or':
      return new Bits(aggregate.column, 0n, (a, b) => a | b);
    case 'bit_xor':
      return new Bits(aggregate.column, 0n, (a, b) => a ^ b);
    case 'first':
      return new First(aggregate.column);
    default:
      return unreachable(aggregate);
  }
}

/** The header of an aggregate; its name is the input column's and is the caller's to set. */
export function aggregateField(aggregate: AggregateFunction, fields: readonly Field[]): Field {
  switch (aggregate.function) {
    case 'sumOfCounts':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
    case 'first':
      return fields[aggregate.column];
    case 'averageOf':
      return fields[aggregate.header];
    case 'min':
    case 'max': {
      const field = fields[aggregate.key.column];
      return { ...field, flags: field.flags & ~keyFlags, orgName: '', orgTable: '', table: '', database: '' };
    }
    case 'count':
      if (aggregate.header !== undefined) return fields[aggregate.header];
      return computed(fields[aggregate.column ?? 0], {
        type: Type.INT64,
        columnLength: 21,
        flags: MySqlFlag.NOT_NULL | MySqlFlag.BINARY,
      });
    case 'sum':
    case 'avg':
      if (aggregate.header !== undefined) return fields[aggregate.header];
      return arithmeticField(fields[aggregate.column], aggregate.function === 'avg' ? 4 : 0);
    default:
      return unreachable(aggregate);
  }
}

const keyFlags =
  MySqlFlag.NOT_NULL |
  MySqlFlag.PRI_KEY |
  MySqlFlag.UNIQUE_KEY |
  MySqlFlag.MULTIPLE_KEY |
  MySqlFlag.AUTO_INCREMENT |
  MySqlFlag.NO_DEFAULT_VALUE |
  MySqlFlag.ON_UPDATE_NOW;

function computed(from: Field | undefined, rest: Partial<Field>): Field {
  return {
    name: from?.name ?? '',
    type: Type.INT64,
    table: '',
    orgTable: '',
    database: '',
    orgName: '',
    columnLength: 0,
    charset: BINARY_COLLATION,
    decimals: 0,
    flags: MySqlFlag.BINARY,
    columnType: '',
    ...rest,
  };
}

function arithmeticField(from: Field, extraScale: number): Field {
  if (!isExact(from.type)) return computed(from, { type: Type.FLOAT64, columnLength: 23, decimals: 31 });
  const decimals = from.type === Type.DECIMAL ? from.decimals : 0;
  return computed(from, { type: Type.DECIMAL, columnLength: 43, decimals: decimals + extraScale });
}

const isExact = (type: number): boolean => isIntegral(type) || type === Type.DECIMAL;

class Count implements Accumulator {
  private count = 0n;
  constructor(private readonly column: number | undefined) {}
  add(row: Row): void {
    if (this.column === undefined || row[this.column] !== null) this.count++;
  }
  get total(): bigint {
    return this.count;
  }
  result(): Value {
    return Buffer.from(this.count.toString());
  }
}

class SumOfCounts {
  total = 0n;
  constructor(private readonly column: number) {}
  add(row: Row): void {
    const value = row[this.column];
    if (value !== null) this.total += BigInt(value.toString('latin1'));
  }
}

/** Integers and decimals are added exactly, everything else as DOUBLE, as MySQL's SUM does. */
class Sum implements Accumulator {
  private decimal: ExactDecimal | undefined;
  private double: number | undefined;
  private readonly exact: boolean;

  constructor(
    private readonly column: number,
    field: Field,
    private readonly whenEmpty?: string,
  ) {
    this.exact = isExact(field.type) || field.type === Type.NULL_TYPE;
    if (!this.exact && !isFloat(field.type)) {
      throw unsupported(
        `SUM or AVG of ${typeName(field.type)} column '${field.name}' in the gate`,
        'CAST its argument to DECIMAL or DOUBLE',
      );
    }
  }

  add(row: Row): void {
    const value = row[this.column];
    if (value === null) return;
    const text = value.toString('latin1');
    if (!this.exact) this.double = (this.double ?? 0) + Number(text);
    else
      this.decimal =
        this.decimal === undefined ? parseDecimal(text) : addDecimals(this.decimal, parseDecimal(text));
  }

  get total(): ExactDecimal | number | undefined {
    return this.exact ? this.decimal : this.double;
  }

  result(): Value {
    const total = this.total;
    if (total === undefined) return this.whenEmpty === undefined ? null : Buffer.from(this.whenEmpty);
    return Buffer.from(typeof total === 'number' ? doubleText(total) : formatDecimal(total));
  }
}

class Average implements Accumulator {
  constructor(
    private readonly sum: Sum,
    private readonly count: Count | SumOfCounts,
    private readonly field: Field,
  ) {}
  add(row: Row): void {
    this.sum.add(row);
    this.count.add(row);
  }
  result(): Value {
    const [sum, count] = [this.sum.total, this.count.total];
    if (sum === undefined || count === 0n) return null;
    if (typeof sum === 'number') return Buffer.from(doubleText(sum / Number(count)));
    return Buffer.from(formatDecimal(divideDecimal(sum, count, this.field.decimals)));
  }
}

/** The least or greatest value by MySQL's order of its type. */
class Extreme implements Accumulator {
  private readonly order: RowOrder;
  private best: RowKeys | undefined;
  private value: Value = null;

  constructor(
    private readonly key: OrderKey,
    fields: readonly Field[],
    private readonly sign: 1 | -1,
  ) {
    this.order = new RowOrder(fields, [{ ...key, descending: false }]);
  }
  add(row: Row): void {
    if (row[this.key.column] === null) return;
    const keys = this.order.keysOf(row);
    if (this.best !== undefined && this.order.compare(keys, this.best) * this.sign <= 0) return;
    this.best = keys;
    this.value = row[this.key.column];
  }
  result(): Value {
    return this.value;
  }
}

class Bits implements Accumulator {
  constructor(
    private readonly column: number,
    private bits: bigint,
    private readonly combine: (a: bigint, b: bigint) => bigint,
  ) {}
  add(row: Row): void {
    const value = row[this.column];
    if (value !== null)
      this.bits = this.combine(this.bits, BigInt.asUintN(64, BigInt(value.toString('latin1'))));
  }
  result(): Value {
    return Buffer.from(this.bits.toString());
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

/** MySQL's shortest text of a DOUBLE. */
function doubleText(n: number): string {
  const text = String(n);
  return text.replace('e+', 'e');
}
