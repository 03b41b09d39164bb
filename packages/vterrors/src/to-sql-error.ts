import { Code } from './code';
import { codeOf } from './code-of';
import { SqlError, VtError } from './errors';
import { messageOf } from './message-of';

/** The three parts of an error packet of the MySQL protocol. */
export interface SqlErrorFields {
  errno: number;
  /** Five characters. */
  sqlstate: string;
  message: string;
}

/**
 * How an error looks to a MySQL client. What MySQL said stays as it is; an errno that was given with the error counts;
 * else the code decides, as in Vitess, and what has no code is 1105 (unknown error).
 */
export function toSqlError(err: unknown): SqlErrorFields {
  if (err instanceof SqlError) return { ...ofServer(err.errno, err.sqlstate), message: err.message };
  const message = messageOf(err);
  if (err instanceof VtError && err.errno !== undefined) {
    return { errno: err.errno, sqlstate: err.sqlstate ?? unknownState, message };
  }
  return { ...fieldsOfCode(codeOf(err)), message };
}

const unknownState = 'HY000';

/**
 * Numbers from 2000 on are those of client libraries, which say what happened to a connection of their own; some refuse
 * a packet that has one. Here they tell of the gate's or tablet's connection to mysqld, while the client's own is good.
 */
function ofServer(errno: number, sqlstate: string): { errno: number; sqlstate: string } {
  if (errno < 2000 || errno > 2999) return { errno, sqlstate };
  if (errno === 2013) return { errno: 1158, sqlstate: '08S01' }; // CR_SERVER_LOST, ER_NET_READ_ERROR
  return { errno: 1105, sqlstate: unknownState };
}

function fieldsOfCode(code: Code): { errno: number; sqlstate: string } {
  switch (code) {
    case Code.CANCELED:
    case Code.DEADLINE_EXCEEDED:
    case Code.ABORTED:
      return { errno: 1317, sqlstate: '70100' }; // ER_QUERY_INTERRUPTED
    case Code.PERMISSION_DENIED:
    case Code.UNAUTHENTICATED:
      return { errno: 1045, sqlstate: '28000' }; // ER_ACCESS_DENIED_ERROR
    case Code.RESOURCE_EXHAUSTED:
      return { errno: 1203, sqlstate: '42000' }; // ER_TOO_MANY_USER_CONNECTIONS
    case Code.UNIMPLEMENTED:
      return { errno: 1235, sqlstate: '42000' }; // ER_NOT_SUPPORTED_YET
    case Code.INTERNAL:
      return { errno: 1815, sqlstate: unknownState }; // ER_INTERNAL_ERROR
    default:
      return { errno: 1105, sqlstate: unknownState }; // ER_UNKNOWN_ERROR
  }
}
