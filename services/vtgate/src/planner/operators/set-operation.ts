import type { Expr, OrderItem, Query, Select, SetOperation } from '@vitess-ts/sqlparser';
import { isText } from '@vitess-ts/sqltypes';
import { Concatenate } from '../../engine/concatenate';
import { Distinct } from '../../engine/distinct';
import { MemorySort } from '../../engine/memory-sort';
import type { OrderKey } from '../../engine/order-key';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import { isBound, type ColumnInfo } from '../semantics/bound';
import { unknownColumn } from '../semantics/errors';
import { outputColumns } from '../semantics/output-columns';
import { keyExpressions } from './order-keys';
import type { PlannedQuery, RoutedQuery } from './planned-query';
import { mergeTargets } from './route-merge';
import { isOneShard } from './routing-choice';
import { limitPrimitive } from './scatter-select';

export interface SetPlanning {
  plan(query: Query): PlannedQuery;
  build(planned: PlannedQuery): Primitive;
  /** Runs a step whose notes are forgotten when it returns undefined. */
  attempt<T>(step: () => T | undefined): T | undefined;
}

export function planSetOperation(query: SetOperation, planning: SetPlanning): PlannedQuery {
  return (
    planning.attempt(() => onOneShard(query, planning)) ??
    planning.attempt(() => onEachShard(query, planning)) ??
    planUnion(query, planning)
  );
}

/** UNION ALL of rows that all shards have: each shard puts its own together. */
function onEachShard(query: SetOperation, { plan }: SetPlanning): RoutedQuery | undefined {
  const { op, all, orderBy, limit, into } = query;
  if (op !== 'union' || !all || orderBy.length > 0 || limit !== undefined || into !== undefined)
    return undefined;
  const [left, right] = [plan(query.left), plan(query.right)];
  if (!isPlainScatter(left) || !isPlainScatter(right)) return undefined;
  if (left.target.keyspace !== right.target.keyspace) return undefined;
  return {
    kind: 'route',
    query: { ...query, left: left.query, right: right.query },
    target: {
      keyspace: left.target.keyspace,
      choice: left.target.choice,
      oneShardOnly: false,
      tablesUsed: [...left.target.tablesUsed, ...right.target.tablesUsed],
    },
    tables: left.tables | right.tables,
    vindexColumns: () => [],
  };
}

const isPlainScatter = (planned: PlannedQuery): planned is RoutedQuery =>
  planned.kind === 'route' && planned.target.choice.kind === 'scatter' && planned.merge === undefined;

/** The whole operation in one query, when all its rows come from one shard. */
function onOneShard(query: SetOperation, { plan }: SetPlanning): RoutedQuery | undefined {
  const [left, right] = [plan(query.left), plan(query.right)];
  if (left.kind === 'gate' || right.kind === 'gate') return undefined;
  const side = (of: RoutedQuery) => ({ ...of.target, vindexColumns: [] });
  const merged = mergeTargets(side(left), side(right), [], false);
  if (merged === undefined || !isOneShard(merged.choice)) return undefined;
  return {
    kind: 'route',
    query: { ...query, left: left.query, right: right.query },
    target: {
      keyspace: left.target.keyspace ?? right.target.keyspace,
      choice: merged.choice,
      oneShardOnly: true,
      tablesUsed: [...left.target.tablesUsed, ...right.target.tablesUsed],
    },
    tables: left.tables | right.tables,
    vindexColumns: () => [],
  };
}

/** UNION in the gate: one select after the other, then without duplicates, in order, cut. */
function planUnion(query: SetOperation, planning: SetPlanning): PlannedQuery {
  if (query.into !== undefined) {
    throw unsupported('SELECT .. INTO over several shards', 'restrict the statement to one shard');
  }
  const branches = branchesOf(query);
  const columns = outputColumns(branches[0].query);
  if (columns === undefined) {
    throw unsupported('UNION over several shards of * whose columns are not known', 'name the columns');
  }
  const lastDistinct = branches.findLastIndex((b) => b.distinct);
  const order = orderColumns(query.orderBy, columns);
  const compared = lastDistinct >= 0 ? columns.map((_, i) => i) : order.map((o) => o.column);
  const keys = new UnionKeys(
    branches.map((b) => b.query),
    columns.length,
    compared,
  );
  const inputs = branches.map((b) => {
    const planned = planning.plan(keys.extend(b.query));
    return planning.build(planned);
  });
  const distinctKeys = compared.map((c) => keys.key(c, false));
  return {
    kind: 'gate',
    columns: outputColumns(query),
    tablesUsed: [],
    build: () => {
      const isSorted = order.length > 0;
      let primitive = concatenate(inputs, lastDistinct, distinctKeys, isSorted ? 0 : keys.hidden);
      if (isSorted) {
        const orderKeys = order.map((o) => keys.key(o.column, o.desc));
        primitive = new MemorySort(primitive, orderKeys, keys.hidden);
      }
      return query.limit === undefined ? primitive : limitPrimitive(primitive, query.limit);
    },
  };
}

/** The branches up to the last UNION DISTINCT lose their duplicates; those after it keep them. */
function concatenate(
  inputs: readonly Primitive[],
  lastDistinct: number,
  keys: readonly OrderKey[],
  hidden: number,
): Primitive {
  if (lastDistinct < 0) return new Concatenate(inputs);
  const distinct = new Distinct(new Concatenate(inputs.slice(0, lastDistinct + 1)), keys, hidden);
  const rest = inputs.slice(lastDistinct + 1);
  if (rest.length === 0) return distinct;
  if (hidden > 0) {
    throw unsupported(
      'UNION ALL after UNION of text columns over several shards',
      'put the UNION into a derived table',
    );
  }
  return new Concatenate([distinct, ...rest]);
}

interface Branch {
  query: Query;
  /** Rows equal to earlier ones are dropped here. */
  distinct: boolean;
}

function branchesOf(query: SetOperation): Branch[] {
  if (query.op !== 'union') {
    throw unsupported(
      `${query.op.toUpperCase()} over several shards`,
      'write it with EXISTS or NOT EXISTS, or restrict the statement to one shard',
    );
  }
  const left = isPlainUnion(query.left) ? branchesOf(query.left) : [{ query: query.left, distinct: false }];
  // UNION is associative to the left; on the right only UNION of one kind reads as part of the chain.
  const { right } = query;
  if (isPlainUnion(right) && right.all === query.all) {
    const [first, ...rest] = branchesOf(right);
    return [...left, { ...first, distinct: !query.all }, ...rest];
  }
  return [...left, { query: right, distinct: !query.all }];
}

const isPlainUnion = (query: Query): query is SetOperation =>
  query.kind === 'setOperation' &&
  query.op === 'union' &&
  query.orderBy.length === 0 &&
  query.limit === undefined &&
  query.with === undefined;

function orderColumns(
  orderBy: readonly OrderItem[],
  columns: readonly ColumnInfo[],
): { column: number; desc: boolean }[] {
  return orderBy.map(({ expr, desc }) => {
    if (expr.kind === 'literal' && expr.type === 'int') {
      const column = Number(expr.value) - 1;
      if (columns[column] === undefined) throw unknownColumn(expr.value, 'order clause');
      return { column, desc };
    }
    if (isBound(expr) && expr.item !== undefined) return { column: expr.item, desc };
    throw unsupported(
      'ORDER BY an expression of a UNION over several shards',
      'select the expression and order by it',
    );
  });
}

/** The columns behind the select list by which the gate compares text. */
class UnionKeys {
  private readonly weights = new Map<number, { weight: number; pad: number }>();
  hidden = 0;

  constructor(branches: readonly Query[], columns: number, compared: readonly number[]) {
    const types = branches.map(outputColumns);
    for (const i of [...new Set(compared)].sort((a, b) => a - b)) {
      const isPlain = types.every((t) => t?.[i]?.type !== undefined && !isText(t[i].type));
      if (isPlain) continue;
      const collations = new Set(types.map((t) => t?.[i]?.collation));
      if (collations.size > 1 || collations.has(undefined)) throw differentText(types[0]?.[i]?.name ?? '');
      this.weights.set(i, { weight: columns + this.hidden, pad: columns + this.hidden + 1 });
      this.hidden += 2;
    }
  }

  key(column: number, descending: boolean): OrderKey {
    const weights = this.weights.get(column);
    return weights === undefined
      ? { column, descending }
      : { column, descending, weightColumn: weights.weight, padColumn: weights.pad };
  }

  /** A branch that gives these columns, too. */
  extend(query: Query): Query {
    if (this.weights.size === 0) return query;
    if (query.kind !== 'select') {
      throw unsupported(
        'UNION over several shards of text from a parenthesised query',
        'write the query in parentheses as a derived table',
      );
    }
    const select: Select = query;
    const added = [...this.weights.keys()].flatMap((i): Expr[] => {
      const item = select.items[i];
      if (item.kind !== 'selectExpr') return [];
      const { weight = nullExpr, pad = emptyText } = keyExpressions(item.expr);
      return [weight, pad];
    });
    return {
      ...select,
      items: [...select.items, ...added.map((expr) => ({ kind: 'selectExpr' as const, expr, text: '' }))],
    };
  }
}

function differentText(column: string): Error {
  return unsupported(
    `comparing column '${column}' of a UNION over several shards, whose collation is not the same known one in all selects`,
    'select columns of one collation, let the schema be tracked, or use UNION ALL without ORDER BY',
  );
}

const nullExpr: Expr = { kind: 'null' };
const emptyText: Expr = { kind: 'literal', type: 'string', value: '' };
