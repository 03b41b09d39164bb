import {
  ExecuteOptions_TransactionAccessMode as AccessMode,
  ExecuteOptions_TransactionIsolation as Isolation,
} from '@vitess-ts/proto/query';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ExecuteOptions } from '@vitess-ts/queryservice';

export interface BeginPlan {
  /** Statements that begin the transaction; empty when it is "autocommit", that is none. */
  statements: string[];
  readOnly: boolean;
}

/** How a transaction with these options begins. `forceReadOnly`: on a tablet that is not a primary. */
export function beginPlan(options: ExecuteOptions | undefined, forceReadOnly: boolean): BeginPlan {
  const isolation = options?.transactionIsolation ?? Isolation.DEFAULT;
  if (isolation === Isolation.AUTOCOMMIT) return { statements: [], readOnly: forceReadOnly };
  if (isolation === Isolation.CONSISTENT_SNAPSHOT_READ_ONLY) {
    return {
      statements: [
        'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
        'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
      ],
      readOnly: true,
    };
  }
  const modes = new Set(options?.transactionAccessMode);
  if (modes.has(AccessMode.READ_WRITE) && modes.has(AccessMode.READ_ONLY)) {
    throw new VtError(Code.INVALID_ARGUMENT, 'a transaction is either READ ONLY or READ WRITE, not both');
  }
  const readOnly = forceReadOnly || modes.has(AccessMode.READ_ONLY);
  const parts = [
    modes.has(AccessMode.CONSISTENT_SNAPSHOT) ? 'WITH CONSISTENT SNAPSHOT' : '',
    readOnly ? 'READ ONLY' : modes.has(AccessMode.READ_WRITE) ? 'READ WRITE' : '',
  ].filter((part) => part !== '');
  const begin = parts.length === 0 ? 'BEGIN' : `START TRANSACTION ${parts.join(', ')}`;
  const level = levels.get(isolation);
  return { statements: level ? [`SET TRANSACTION ISOLATION LEVEL ${level}`, begin] : [begin], readOnly };
}

const levels = new Map<Isolation, string>([
  [Isolation.REPEATABLE_READ, 'REPEATABLE READ'],
  [Isolation.READ_COMMITTED, 'READ COMMITTED'],
  [Isolation.READ_UNCOMMITTED, 'READ UNCOMMITTED'],
  [Isolation.SERIALIZABLE, 'SERIALIZABLE'],
]);
