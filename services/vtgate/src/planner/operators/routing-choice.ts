import type { Destination } from '@vitess-ts/key';
import type { Expr, In } from '@vitess-ts/sqlparser';
import type { Routing } from '../../engine/routing';
import type { ValueExpression } from '../../engine/value-expression';
import { listOf, valueOf } from './value';
import { canRoute, isVindexColumn, routingVindex, type VindexColumn } from './vindex-column';

/** How a route will find its shards, while the planner is still looking for something better. */
export type Choice =
  | { kind: 'unsharded' }
  /** Any shard has all rows. */
  | { kind: 'reference' }
  /** No row of its tables passes: a comparison with NULL. */
  | { kind: 'none' }
  | { kind: 'scatter' }
  | { kind: 'destination'; destination: Destination }
  | { kind: 'equal'; on: VindexColumn; value: ValueExpression }
  | { kind: 'in'; on: VindexColumn; list: ValueExpression; node: In }
  | { kind: 'multi'; on: VindexColumn; values: ValueExpression[] };

/** Smaller is better. */
const ranks: Record<Choice['kind'], number> = {
  unsharded: 0,
  reference: 0,
  none: 0.5,
  destination: 1,
  equal: 2,
  in: 3,
  multi: 4,
  scatter: 5,
};

export function better(a: Choice, b: Choice): Choice {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  return rankB < rankA || (rankA === rankB && cost(b) < cost(a)) ? b : a;
}

/** One value of a vindex that is not unique comes before lists of values. */
const rankOf = (choice: Choice): number =>
  choice.kind === 'equal' && !choice.on.vindex.isUnique ? 2.5 : ranks[choice.kind];

const cost = (choice: Choice): number => ('on' in choice ? choice.on.vindex.cost : 0);

/** True when every shard gives the same rows. */
export function isAnywhere({ kind }: Choice): boolean {
  return kind === 'reference' || kind === 'none';
}

/** True when all rows come from one shard, given that values are exact. */
export function isOneShard(choice: Choice): boolean {
  if (choice.kind === 'destination') {
    return ['shard', 'keyspaceId', 'anyShard'].includes(choice.destination.kind);
  }
  return (
    choice.kind === 'unsharded' ||
    isAnywhere(choice) ||
    (choice.kind === 'equal' && choice.on.vindex.isUnique)
  );
}

/** The choice that a condition allows, or undefined. The condition must hold for every row of the route. */
export function choiceFor(condition: Expr, columns: readonly VindexColumn[]): Choice | undefined {
  if (neverHolds(condition)) return { kind: 'none' };
  let best: Choice | undefined;
  for (const on of columns) {
    if (!canRoute(on)) continue;
    const choice = choiceOn(condition, on);
    if (choice !== undefined) best = best === undefined ? choice : better(best, choice);
  }
  return best;
}

/** A comparison with the literal NULL, which is true of no row. */
function neverHolds(condition: Expr): boolean {
  switch (condition.kind) {
    case 'comparison':
      if (condition.op === '<=>' || condition.quantifier !== undefined) return false;
      return condition.left.kind === 'null' || condition.right.kind === 'null';
    case 'in': {
      if (condition.right.kind !== 'tuple') return false;
      const isNull = (item: Expr): boolean => item.kind === 'null';
      const { items } = condition.right;
      return condition.not ? items.some(isNull) : items.every(isNull);
    }
    default:
      return false;
  }
}

function choiceOn(condition: Expr, on: VindexColumn): Choice | undefined {
  switch (condition.kind) {
    case 'comparison': {
      const value = equalValue(condition, on);
      return value && { kind: 'equal', on, value };
    }
    case 'in': {
      if (condition.not || condition.right.kind === 'subquery') return undefined;
      if (isVindexColumn(condition.operand, on)) {
        const list = listOf(condition.right);
        return list && { kind: 'in', on, list, node: condition };
      }
      const values = tupleValues(condition, on);
      return values && { kind: 'multi', on, values };
    }
    case 'or': {
      const values = condition.operands.map((operand) => valuesOf(operand, on));
      return values.every((v) => v !== undefined) ? { kind: 'multi', on, values: values.flat() } : undefined;
    }
    default:
      return undefined;
  }
}

function equalValue(condition: Expr & { kind: 'comparison' }, on: VindexColumn): ValueExpression | undefined {
  const { op, left, right, quantifier } = condition;
  if (op !== '=' || quantifier !== undefined) return undefined;
  if (isVindexColumn(left, on)) return valueOf(right);
  if (isVindexColumn(right, on)) return valueOf(left);
  if (left.kind !== 'tuple' || right.kind !== 'tuple') return undefined;
  const i = left.items.findIndex((item) => isVindexColumn(item, on));
  return i < 0 || right.items[i] === undefined ? undefined : valueOf(right.items[i]);
}

/** `(a, id) in ((1, 2), (3, 4))`: the values of id. */
function tupleValues(condition: In, on: VindexColumn): ValueExpression[] | undefined {
  const { operand, right } = condition;
  if (operand.kind !== 'tuple' || right.kind !== 'tuple') return undefined;
  const i = operand.items.findIndex((item) => isVindexColumn(item, on));
  if (i < 0) return undefined;
  const values = right.items.map((row) =>
    row.kind === 'tuple' && row.items[i] !== undefined ? valueOf(row.items[i]) : undefined,
  );
  return values.every((v) => v !== undefined) ? values : undefined;
}

/** The values that the column has in rows for which the condition holds. */
function valuesOf(condition: Expr, on: VindexColumn): ValueExpression[] | undefined {
  if (condition.kind === 'and') {
    for (const operand of condition.operands) {
      const values = valuesOf(operand, on);
      if (values !== undefined) return values;
    }
    return undefined;
  }
  const choice = choiceOn(condition, on);
  if (choice?.kind === 'equal') return [choice.value];
  if (choice?.kind === 'multi') return choice.values;
  return choice?.kind === 'in' && choice.list.kind === 'tuple' ? choice.list.items : undefined;
}

export function routingOf(choice: Choice): Routing {
  switch (choice.kind) {
    case 'unsharded':
      return { opcode: 'Unsharded' };
    case 'reference':
      return { opcode: 'Reference' };
    case 'none':
      return { opcode: 'None' };
    case 'scatter':
      return { opcode: 'Scatter' };
    case 'destination':
      return { opcode: 'ByDestination', destination: choice.destination };
    case 'equal':
      return {
        opcode: choice.on.vindex.isUnique ? 'EqualUnique' : 'Equal',
        vindex: routingVindex(choice.on),
        values: [choice.value],
      };
    case 'in':
      return { opcode: 'IN', vindex: routingVindex(choice.on), list: choice.list };
    case 'multi':
      return { opcode: 'MultiEqual', vindex: routingVindex(choice.on), rows: choice.values.map((v) => [v]) };
  }
}
