import type { LexOptions } from '@vitess-ts/sqlparser';
import type { Session } from '../session/session';
import { lexingModesOf } from './sql-mode';

/** Name under which the session keeps the client's own sql_mode; what shards get of it is `shardSqlMode`. */
const SQL_MODE = 'sql_mode';

/** The session's sql_mode, or empty while it is the backend's own. */
export function sqlModeOf(session: Session): string {
  return session.gateVariables.get(SQL_MODE) ?? '';
}

export function lexOptionsOf(session: Session): LexOptions {
  const mode = sqlModeOf(session);
  return mode === '' ? {} : lexingModesOf(mode);
}

const onOff = (value: boolean): string => (value ? '1' : '0');

/**
 * The value of a variable that the gate itself answers for this session; undefined when the backend is to be asked.
 * `scope` is the scope that the statement names.
 */
export function sessionVariable(session: Session, name: string, gate: GateFacts): string | undefined {
  switch (name) {
    case 'autocommit':
      return onOff(session.autocommit);
    case 'version':
      return gate.serverVersion;
    case 'version_comment':
      return 'vitess-ts';
    case 'socket':
      return gate.socket;
    case 'transaction_mode':
      return session.transactionMode;
    case 'workload':
      return session.workload;
    case 'client_found_rows':
      return onOff(session.clientFoundRows);
    case 'query_timeout':
      return String(session.queryTimeoutMs);
    case 'session_uuid':
      return session.uuid;
    case 'transaction_isolation':
    case 'tx_isolation':
      return session.transactionDefaults.isolation?.replaceAll(' ', '-');
    case 'transaction_read_only':
    case 'tx_read_only':
      return session.transactionDefaults.readOnly === undefined
        ? undefined
        : onOff(session.transactionDefaults.readOnly);
    case 'sql_select_limit':
      return session.sqlSelectLimit?.toString();
    case 'last_insert_id':
    case 'identity':
      return String(session.lastInsertId);
    case 'max_statement_time':
      // Tablets put their own limit on each statement, which is none of the client's making.
      return session.gateVariables.get(name) ?? (gate.flavor === 'mariadb' ? '0.000000' : undefined);
    case 'warning_count':
      return String(session.lastCounts.warnings);
    case 'error_count':
      return String(session.lastCounts.errors);
    default:
      return session.gateVariables.get(name);
  }
}

/** What the gate knows of itself. */
export interface GateFacts {
  serverVersion: string;
  /** What the servers behind are. */
  flavor: 'mariadb' | 'mysql';
  /** Path of the MySQL socket; empty without one. */
  socket: string;
}
