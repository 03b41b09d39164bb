import {
  BINARY_COLLATION,
  Type,
  isIntegral,
  makeField,
  typeName,
  type Field,
  type Row,
  type Value,
} from '@vitess-ts/sqltypes';
import { unsupported } from './unsupported';
import { formatDouble } from '@vitess-ts/evalengine';
import type { Accumulator, GroupFunction } from './accumulator';

/** Variance and standard deviation, over all rows (`pop`) or as an estimate from a sample. */
export interface Variance {
  function: 'variance';
  column: number;
  isSample: boolean;
  isRoot: boolean;
}

/** Decimals of a double that is printed with as many as it has. */
const notFixed = 31;
const extraDecimals = 4;

/** The running form that MySQL uses, in doubles; exact arguments give a fixed number of decimals. */
export function variance(aggregate: Variance, fields: readonly Field[]): GroupFunction {
  const source = fields[aggregate.column];
  const isExact = isIntegral(source.type) || source.type === Type.DECIMAL;
  if (!isExact && (source.type !== Type.FLOAT64 || source.decimals < notFixed)) {
    throw unsupported(
      `the variance of ${typeName(source.type)} column '${source.name}' over rows of several shards`,
      'CAST the argument to DECIMAL or DOUBLE',
    );
  }
  const decimals = isExact ? Math.min(source.decimals + extraDecimals, notFixed) : notFixed;
  return {
    field: makeField(source.name, Type.FLOAT64, { decimals, columnLength: 23, charset: BINARY_COLLATION }),
    create: () => new Moments(aggregate, decimals),
  };
}

class Moments implements Accumulator {
  private count = 0;
  private mean = 0;
  private squares = 0;

  constructor(
    private readonly aggregate: Variance,
    private readonly decimals: number,
  ) {}

  add(row: Row): void {
    const value = row[this.aggregate.column];
    if (value === null) return;
    const x = Number(value.toString('latin1'));
    this.count++;
    const before = this.mean;
    this.mean = before + (x - before) / this.count;
    this.squares += (x - before) * (x - this.mean);
  }

  result(): Value {
    const { isSample, isRoot } = this.aggregate;
    const divisor = isSample ? this.count - 1 : this.count;
    if (divisor <= 0) return null;
    const spread = this.count === 1 ? 0 : this.squares / divisor;
    const result = isRoot ? Math.sqrt(spread) : spread;
    return Buffer.from(this.decimals >= notFixed ? formatDouble(result) : result.toFixed(this.decimals));
  }
}
