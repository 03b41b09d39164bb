import { AuditLog } from './audit/audit-log';
import { auditedHandlers, dryRun } from './audit/audited-handlers';
import type { AuditService } from '@vitess-ts/proto/vtaudit';
import type { Handlers } from '@vitess-ts/servenv';
import type { VtctldContext, VtctldHandlers } from './context';
import { cellHandlers } from './handlers/cells';
import { distributedTransactionHandlers } from './handlers/distributed-transactions';
import { keyspaceHandlers } from './handlers/keyspaces';
import { reparentHandlers } from './handlers/reparent';
import { schemaHandlers } from './handlers/schema';
import { servingGraphHandlers } from './handlers/serving-graph';
import { shardRecordHandlers } from './handlers/shard-records';
import { shardHandlers } from './handlers/shards';
import { tabletActionHandlers } from './handlers/tablet-actions';
import { tabletCallHandlers } from './handlers/tablet-calls';
import { tabletHandlers } from './handlers/tablets';
import { throttlerConfigHandlers } from './handlers/throttler-config';
import { topologyHandlers } from './handlers/topology';
import { validateTabletsHandlers } from './handlers/validate-tablets';
import { validateHandlers } from './handlers/validate';
import { vschemaHandlers } from './handlers/vschema';

/** All RPCs that vtctld serves, their changes recorded; the others of the service answer UNIMPLEMENTED with their name. */
export function vtctldHandlers(vtctld: VtctldContext, audit = new AuditLog(vtctld.log)): VtctldHandlers {
  return auditedHandlers(vtctld, plainHandlers, audit);
}

/** As `vtctldHandlers`, unrecorded. They keep nothing between calls but what the context holds: they are made anew for each. */
export function plainHandlers(vtctld: VtctldContext): VtctldHandlers {
  return {
    ...cellHandlers(vtctld),
    ...keyspaceHandlers(vtctld),
    ...shardHandlers(vtctld),
    ...tabletHandlers(vtctld),
    ...tabletCallHandlers(vtctld),
    ...schemaHandlers(vtctld),
    ...vschemaHandlers(vtctld),
    ...servingGraphHandlers(vtctld),
    ...reparentHandlers(vtctld),
    ...shardRecordHandlers(vtctld),
    ...tabletActionHandlers(vtctld),
    ...throttlerConfigHandlers(vtctld),
    ...validateHandlers(vtctld),
    ...validateTabletsHandlers(vtctld),
    ...topologyHandlers(vtctld),
    ...distributedTransactionHandlers(vtctld),
  };
}

/** The RPCs that tell what was changed, and what a change would do. */
export function auditHandlers(vtctld: VtctldContext, audit: AuditLog): Handlers<typeof AuditService> {
  return {
    getAuditLog: async (request) => ({ records: audit.read(request) }),
    dryRun: (request, call) => dryRun(vtctld, plainHandlers, request, call),
  };
}
