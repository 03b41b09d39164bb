import { Code, VtError } from '@vitess-ts/vterrors';
import { Type, isFloat, isIntegral } from '@vitess-ts/sqltypes';
import type { Field, Value } from '@vitess-ts/sqltypes';
import { decimalOf, divideDecimals, formatDecimal, roundDecimal } from '../decimal';
import { formatDouble } from '../double';
import type { Aggregation, AggregationOptions, Aggregator } from './aggregation';
import { avgField, avgFieldOfSum, doubleField } from './result-field';
import { DecimalSum, DoubleSum } from './running-sum';
import { isExactDouble } from './sum';

/**
 * AVG as MySQL divides: the scale of the argument plus div_precision_increment. With `partials` each value is a SUM,
 * and its COUNT comes along.
 */
export function avgOf(
  input: Field,
  partials: boolean,
  options: Required<AggregationOptions>,
): Aggregation | undefined {
  const needs = partials ? 'count' : undefined;
  const counted = (value: Value, count: Value | undefined): bigint => countOf(value, count, partials);
  if (isFloat(input.type)) {
    if (!isExactDouble(input)) return undefined;
    return { needs, field: doubleField(input.name), create: () => doubleAverage(counted) };
  }
  if (!isIntegral(input.type) && input.type !== Type.DECIMAL) return undefined;
  const { divPrecisionIncrement, maxScale } = options;
  const field = (partials ? avgFieldOfSum : avgField)(input, divPrecisionIncrement, maxScale);
  return { needs, field, create: () => decimalAverage(counted, divPrecisionIncrement, field.decimals) };
}

type Counted = (value: Value, count: Value | undefined) => bigint;

function decimalAverage(counted: Counted, increment: number, scale: number): Aggregator {
  const total = new DecimalSum();
  let rows = 0n;
  return {
    add(value, count) {
      total.add(value);
      rows += counted(value, count);
    },
    result() {
      const sum = total.sum();
      const quotient = sum && divideDecimals(sum, decimalOf(rows), increment);
      return quotient && Buffer.from(formatDecimal(roundDecimal(quotient, scale)));
    },
  };
}

function doubleAverage(counted: Counted): Aggregator {
  const total = new DoubleSum();
  let rows = 0n;
  return {
    add(value, count) {
      total.add(value);
      rows += counted(value, count);
    },
    result() {
      const sum = total.sum();
      return sum === null || rows === 0n ? null : Buffer.from(formatDouble(sum / Number(rows)));
    },
  };
}

function countOf(value: Value, count: Value | undefined, partials: boolean): bigint {
  if (value === null) return 0n;
  if (!partials) return 1n;
  if (!count) throw new VtError(Code.INTERNAL, 'a partial AVG came without its COUNT');
  return BigInt(count.toString('latin1'));
}
