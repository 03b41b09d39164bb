import { unreachable } from '@vitess-ts/base';
import type { Field, Value } from '@vitess-ts/sqltypes';
import type { Aggregation, AggregationOptions } from './aggregation';
import { defaultOptions } from './aggregation';
import { avgOf } from './avg';
import { bitsOf } from './bits';
import { countOf, countOfPartials } from './count';
import { extremeOf } from './extreme';
import { plainField } from './result-field';
import { sumOf } from './sum';

export type { Aggregation, AggregationOptions, Aggregator } from './aggregation';

export type AggregateFunction =
  'count_star' | 'count' | 'sum' | 'avg' | 'min' | 'max' | 'bit_and' | 'bit_or' | 'bit_xor' | 'any_value';

/**
 * Aggregates rows: the values of a column, not yet aggregated (the caller leaves out duplicates for DISTINCT).
 * Undefined when the result cannot be exact here: text in sums, FLOAT (its text has fewer digits than its value),
 * types without an order that is known here.
 */
export function aggregateRows(
  name: AggregateFunction,
  input: Field,
  options: AggregationOptions = {},
): Aggregation | undefined {
  return aggregation(name, input, false, { ...defaultOptions, ...options });
}

/**
 * Puts together what the shards aggregated: SUMs of sums, totals of counts, extremes of extremes. `input` is the
 * column of the partial results: of the partial SUM for avg, which needs the COUNT as companion.
 */
export function mergePartials(
  name: AggregateFunction,
  input: Field,
  options: AggregationOptions = {},
): Aggregation | undefined {
  return aggregation(name, input, true, { ...defaultOptions, ...options });
}

function aggregation(
  name: AggregateFunction,
  input: Field,
  partials: boolean,
  options: Required<AggregationOptions>,
): Aggregation | undefined {
  switch (name) {
    case 'count_star':
    case 'count':
      return partials ? countOfPartials(input) : countOf(input.name, name === 'count_star');
    case 'sum':
      return sumOf(input, partials);
    case 'avg':
      return avgOf(input, partials, options);
    case 'min':
      return extremeOf(input, partials, 1);
    case 'max':
      return extremeOf(input, partials, -1);
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return bitsOf(name, input, partials);
    case 'any_value':
      return { field: partials ? input : plainField(input), create: firstValue };
    default:
      return unreachable(name);
  }
}

function firstValue(): ReturnType<Aggregation['create']> {
  let first: Value | undefined;
  return {
    add(value) {
      if (first === undefined) first = value && Buffer.from(value);
    },
    result: () => first ?? null,
  };
}
