import type { Expr } from '@vitess-ts/sqlparser';
import { better, isAnywhere, isOneShard, type Choice } from './routing-choice';
import type { RouteTarget } from './route-op';
import { describeValue } from '../../engine/value-expression';
import { equalRowsMeet, isVindexColumn, sameFunction, type VindexColumn } from './vindex-column';

export interface Merged {
  choice: Choice;
  oneShardOnly: boolean;
}

type Side = RouteTarget & { vindexColumns: readonly VindexColumn[] };

/**
 * How two routes run as one query, or undefined when the rows that they join may lie on different shards. With
 * `outer`, all rows of the left are kept, so the right side alone may not choose the shards.
 */
export function mergeTargets(
  left: Side,
  right: Side,
  conditions: readonly Expr[],
  outer: boolean,
): Merged | undefined {
  const oneShardOnly = left.oneShardOnly || right.oneShardOnly;
  if (right.keyspace === undefined) return { choice: left.choice, oneShardOnly };
  if (left.keyspace === undefined) {
    if (outer && !isOneShard(right.choice)) return undefined;
    return { choice: right.choice, oneShardOnly: oneShardOnly || outer };
  }
  if (left.keyspace !== right.keyspace) return undefined;
  const [a, b] = [left.choice, right.choice];
  if (a.kind === 'unsharded' && b.kind === 'unsharded') return { choice: a, oneShardOnly };
  if (isAnywhere(b)) return { choice: a, oneShardOnly };
  if (isAnywhere(a)) {
    if (!outer) return { choice: b, oneShardOnly };
    return isOneShard(b) ? { choice: b, oneShardOnly: true } : undefined;
  }
  if (a.kind === 'destination' && b.kind === 'destination') {
    return JSON.stringify(a.destination) === JSON.stringify(b.destination)
      ? { choice: a, oneShardOnly }
      : undefined;
  }
  if (joinOnVindex(left.vindexColumns, right.vindexColumns, conditions)) {
    return { choice: outer ? a : better(a, b), oneShardOnly };
  }
  if (a.kind === 'equal' && b.kind === 'equal' && sameValue(a, b)) return { choice: a, oneShardOnly: true };
  return undefined;
}

function sameValue(a: Choice & { kind: 'equal' }, b: Choice & { kind: 'equal' }): boolean {
  return (
    sameFunction(a.on.vindex, b.on.vindex) &&
    equalRowsMeet(a.on, b.on) &&
    describeValue(a.value) === describeValue(b.value) &&
    a.value.kind === b.value.kind
  );
}

/** True when a condition equates two columns whose equal values lie in the same place. */
export function joinOnVindex(
  left: readonly VindexColumn[],
  right: readonly VindexColumn[],
  conditions: readonly Expr[],
): boolean {
  return conditions.some((condition) => {
    if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
      return false;
    return (
      meets(condition.left, condition.right, left, right) ||
      meets(condition.right, condition.left, left, right)
    );
  });
}

function meets(a: Expr, b: Expr, left: readonly VindexColumn[], right: readonly VindexColumn[]): boolean {
  return left.some(
    (l) => isVindexColumn(a, l) && right.some((r) => isVindexColumn(b, r) && equalRowsMeet(l, r)),
  );
}
