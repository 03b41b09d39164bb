import { TabletType } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { QueryPlan } from './plan';
import type { StatefulConnection } from './stateful-connection';
import { tabletErrors } from './tablet-errors';

/**
 * Tables of this name are temporary ones that the gate makes on a reserved connection to run a query over rows of
 * several shards. A table that stays can never be meant: see `checkPlan`.
 */
const scratchTable = /^_vt_scratch_\d+$/;

/** Throws when a plan of this kind may not run here: on this tablet type, or on this kind of connection. */
export function checkPlan(
  plan: QueryPlan,
  tabletType: TabletType,
  connection: StatefulConnection | undefined,
): void {
  switch (plan.kind) {
    case 'dml':
      if (connection?.reserved && !connection.inTransaction && scratchTable.test(plan.table ?? '')) return;
      if (tabletType !== TabletType.PRIMARY) throw tabletErrors.notWritable(tabletType);
      return;
    case 'nextval':
    case 'ddl':
      if (tabletType !== TabletType.PRIMARY && !plan.temporary) throw tabletErrors.notWritable(tabletType);
      return;
    case 'set':
    case 'session':
      if (!connection?.reserved) throw tabletErrors.needsReservedConnection(plan.name);
      return;
    case 'savepoint':
      if (!connection?.inTransaction) throw tabletErrors.needsTransaction(plan.name);
      return;
    case 'refused':
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `${plan.name} is not a statement for a tablet: use the RPC of that name`,
      );
    case 'select':
    case 'show':
    case 'call':
    case 'other':
      return;
  }
}
