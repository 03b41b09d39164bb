import {
  ExecuteOptions_TransactionAccessMode as AccessMode,
  ExecuteOptions_TransactionIsolation as Isolation,
  ExecuteOptions_Workload as WorkloadOption,
  ExecuteOptions_IncludedFields as IncludedFields,
} from '@vitess-ts/proto/query';
import type { ExecuteOptions } from '@vitess-ts/queryservice';
import type { Session, TransactionCharacteristics } from '../session/session';

const isolations = {
  'READ UNCOMMITTED': Isolation.READ_UNCOMMITTED,
  'READ COMMITTED': Isolation.READ_COMMITTED,
  'REPEATABLE READ': Isolation.REPEATABLE_READ,
  SERIALIZABLE: Isolation.SERIALIZABLE,
} as const;

const workloads = {
  OLTP: WorkloadOption.OLTP,
  OLAP: WorkloadOption.OLAP,
  DBA: WorkloadOption.DBA,
} as const;

/** What a tablet must know of the session for one statement. */
export function transactionOptions(session: Session): ExecuteOptions {
  const options: ExecuteOptions = {
    // Clients see table, database and flags of each column, so all of the header is asked for.
    includedFields: IncludedFields.ALL,
    clientFoundRows: session.clientFoundRows,
    workload: workloads[session.workload],
  };
  const { isolation } = session.transaction;
  if (isolation !== undefined) options.transactionIsolation = isolations[isolation];
  const modes = accessModes(session.transaction);
  if (modes.length > 0) options.transactionAccessMode = modes;
  if (session.sqlSelectLimit !== undefined) options.sqlSelectLimit = session.sqlSelectLimit;
  return options;
}

function accessModes(characteristics: TransactionCharacteristics): AccessMode[] {
  const modes: AccessMode[] = [];
  if (characteristics.consistentSnapshot) modes.push(AccessMode.CONSISTENT_SNAPSHOT);
  if (characteristics.readOnly !== undefined) {
    modes.push(characteristics.readOnly ? AccessMode.READ_ONLY : AccessMode.READ_WRITE);
  }
  return modes;
}
