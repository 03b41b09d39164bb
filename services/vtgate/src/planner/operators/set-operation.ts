import type { Query, SetOperation } from '@vitess-ts/sqlparser';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import type { PlannedQuery } from './planned-query';
import { mergeTargets } from './route-merge';
import { isOneShard } from './routing-choice';

export function planSetOperation(
  _context: PlanContext,
  query: SetOperation,
  plan: (query: Query) => PlannedQuery,
  _build: (planned: PlannedQuery) => Primitive,
): PlannedQuery {
  const [left, right] = [plan(query.left), plan(query.right)];
  if (left.kind === 'route' && right.kind === 'route') {
    const merged = mergeTargets(
      { ...left.target, vindexColumns: [] },
      { ...right.target, vindexColumns: [] },
      [],
      false,
    );
    if (merged !== undefined && isOneShard(merged.choice)) {
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
  }
  throw unsupported('a set operation over several shards', 'restrict the statement to one shard');
}
