import type { Aggregate, Expr } from '@vitess-ts/sqlparser';
import { printExpr } from '@vitess-ts/sqlparser';
import type { AggregateFunction } from '../../engine/aggregate-function';
import { Type } from '@vitess-ts/sqltypes';
import { unsupported } from '../../engine/unsupported';
import { tablesOf } from '../semantics/bound';
import { typeOf, widens } from '../semantics/column-type';
import { orderKey } from './order-keys';

/** The rows that an aggregate is made of: asks for a column of them. */
export type AskColumn = (expr: Expr) => number;

/**
 * An aggregate put together from what each shard aggregated. `groupAlso` makes the shards group by the arguments of a
 * DISTINCT aggregate, too, so that the gate sees each value.
 */
export function mergedAggregate(
  aggregate: Aggregate,
  column: AskColumn,
  groupAlso: (expr: Expr) => void,
  isGrouped: boolean,
): AggregateFunction {
  const { name, args, distinct } = aggregate;
  const plain = (other: 'sum' | 'count'): Expr => ({ ...aggregate, name: other });
  switch (name) {
    case 'count':
    case 'sum':
    case 'avg': {
      if (distinct) {
        const varying = args.filter((arg) => tablesOf(arg) !== 0n);
        // Without groups a shard gives a row even if it has none, in which a constant would count.
        if (varying.length === 0 && !isGrouped) throw refused(aggregate);
        varying.forEach(groupAlso);
        return distinctAggregate(aggregate, column, column(aggregate));
      }
      if (name === 'count') return { function: 'sumOfCounts', column: column(aggregate) };
      if (name === 'sum') return { function: 'sum', column: column(aggregate), partial: true };
      return {
        function: 'averageOf',
        header: column(aggregate),
        sum: column(plain('sum')),
        count: column(plain('count')),
      };
    }
    case 'min':
    case 'max':
      return { function: name, key: orderKey(aggregate, false, column) };
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return { function: name, column: column(aggregate) };
    case 'any_value':
      if (isGrouped) return { function: 'first', column: column(aggregate) };
      throw refused(aggregate);
    default:
      throw refused(aggregate);
  }
}

/** An aggregate over rows that nothing has aggregated yet. */
export function rowAggregate(aggregate: Aggregate, column: AskColumn, isGrouped: boolean): AggregateFunction {
  const { name, args, distinct } = aggregate;
  switch (name) {
    case 'count':
      if (distinct) return distinctAggregate(aggregate, column, undefined);
      return args.length === 0 ? { function: 'count' } : { function: 'count', column: column(args[0]) };
    case 'sum':
    case 'avg':
      if (distinct) return distinctAggregate(aggregate, column, undefined);
      return { function: name, column: column(args[0]) };
    case 'min':
    case 'max':
      return { function: name, key: orderKey(asText(args[0]), false, column), widens: widens(args[0]) };
    case 'any_value':
      if (isGrouped) return { function: 'first', column: column(args[0]) };
      throw refused(aggregate);
    case 'group_concat':
      return concatenated(aggregate, column);
    case 'std':
    case 'stddev':
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
    case 'variance':
      return {
        function: 'variance',
        column: column(asNumber(args[0])),
        isSample: name.endsWith('_samp'),
        isRoot: name.startsWith('std'),
      };
    default:
      throw refused(aggregate);
  }
}

/** MIN and MAX compare ENUM and SET by their texts. */
function asText(expr: Expr): Expr {
  const { type } = typeOf(expr);
  return type === Type.ENUM || type === Type.SET ? { kind: 'function', name: 'concat', args: [expr] } : expr;
}

/** The text of a FLOAT has fewer digits than its value, that of a DOUBLE has all. */
function asNumber(expr: Expr): Expr {
  if (typeOf(expr).type !== Type.FLOAT32) return expr;
  const zero: Expr = { kind: 'literal', type: 'float', value: '0e0' };
  return { kind: 'binary', op: '+', left: expr, right: zero };
}

function concatenated(aggregate: Aggregate, column: AskColumn): AggregateFunction {
  const { args, distinct, orderBy, separator, limit } = aggregate;
  if (limit !== undefined) throw refused(aggregate);
  const text: Expr = { kind: 'function', name: 'concat', args };
  const keys = orderBy.map(({ expr, desc }) => {
    const position =
      expr.kind === 'literal' && expr.type === 'int' ? args[Number(expr.value) - 1] : undefined;
    return orderKey(position ?? expr, desc, column);
  });
  return {
    function: 'group_concat',
    text: column(text),
    maxLength: column({ kind: 'systemVar', name: 'group_concat_max_len' }),
    separator: separator?.value ?? ',',
    orderBy: keys,
    ...(distinct ? { distinct: args.map((arg) => orderKey(arg, false, column)) } : {}),
  };
}

const merged: ReadonlySet<string> = new Set([
  'any_value',
  'avg',
  'bit_and',
  'bit_or',
  'bit_xor',
  'count',
  'max',
  'min',
  'sum',
]);

/** True for an aggregate that cannot be made from those of each shard: it needs the rows. */
export const needsRows = (aggregate: Aggregate): boolean => !merged.has(aggregate.name);

function distinctAggregate(
  { name, args }: Aggregate,
  column: AskColumn,
  header: number | undefined,
): AggregateFunction {
  const distinct = args.map((arg) => orderKey(arg, false, column));
  const rest = header === undefined ? {} : { header };
  if (name === 'count') return { function: 'count', distinct, ...rest };
  return { function: name === 'avg' ? 'avg' : 'sum', column: column(args[0]), distinct, ...rest };
}

function refused(aggregate: Aggregate): Error {
  return unsupported(
    `${printExpr(aggregate)} over rows of several shards`,
    'group by the column of the primary vindex, or restrict the statement to one shard',
  );
}
