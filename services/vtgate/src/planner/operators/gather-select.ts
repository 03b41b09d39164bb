import type { Select } from '@vitess-ts/sqlparser';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import type { Operator } from './operator';
import type { PlannedQuery } from './planned-query';

export function gatherSelect(_context: PlanContext, _select: Select, _source: Operator): PlannedQuery {
  throw unsupported('this query over several shards', 'restrict the statement to one shard');
}
