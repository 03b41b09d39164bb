import { withAuditLog } from './audit';
import type { AuditTrail } from './audit-trail';
import type { VtctldContext, VtctldHandlers } from './context';
import { cellHandlers } from './handlers/cells';
import { keyspaceHandlers } from './handlers/keyspaces';
import { reparentHandlers } from './handlers/reparent';
import { schemaHandlers } from './handlers/schema';
import { servingGraphHandlers } from './handlers/serving-graph';
import { shardHandlers } from './handlers/shards';
import { tabletCallHandlers } from './handlers/tablet-calls';
import { tabletHandlers } from './handlers/tablets';
import { topologyHandlers } from './handlers/topology';
import { validateHandlers } from './handlers/validate';
import { vschemaHandlers } from './handlers/vschema';

/** All RPCs that vtctld serves; the others of the service answer UNIMPLEMENTED with their name. */
export function vtctldHandlers(vtctld: VtctldContext, trail?: AuditTrail): VtctldHandlers {
  const handlers: VtctldHandlers = {
    ...cellHandlers(vtctld),
    ...keyspaceHandlers(vtctld),
    ...shardHandlers(vtctld),
    ...tabletHandlers(vtctld),
    ...tabletCallHandlers(vtctld),
    ...schemaHandlers(vtctld),
    ...vschemaHandlers(vtctld),
    ...servingGraphHandlers(vtctld),
    ...reparentHandlers(vtctld),
    ...validateHandlers(vtctld),
    ...topologyHandlers(vtctld),
  };
  return withAuditLog(handlers, vtctld.log, trail);
}
