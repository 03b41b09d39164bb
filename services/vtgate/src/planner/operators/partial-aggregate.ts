import type { Aggregate, Expr } from '@vitess-ts/sqlparser';
import { printExpr } from '@vitess-ts/sqlparser';
import type { AggregateFunction } from '../../engine/aggregate-function';
import { unsupported } from '../../engine/unsupported';
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
        args.forEach(groupAlso);
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
      return { function: name, key: orderKey(args[0], false, column) };
    case 'any_value':
      if (isGrouped) return { function: 'first', column: column(args[0]) };
      throw refused(aggregate);
    default:
      throw refused(aggregate);
  }
}

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
