import { Code } from './code';

export interface VtErrorOptions {
  /** Catalogue id such as `VT05005`. */
  id?: string;
  /** MySQL errno that a MySQL client gets for this error. */
  errno?: number;
  /** MySQL sqlstate, five characters. */
  sqlstate?: string;
  cause?: unknown;
}

/** An error of ours. Everything that crosses a package boundary is either this or a `SqlError`. */
export class VtError extends Error {
  readonly id?: string;
  readonly errno?: number;
  readonly sqlstate?: string;

  constructor(
    readonly code: Code,
    message: string,
    options: VtErrorOptions = {},
  ) {
    super(options.id && !message.startsWith(options.id) ? `${options.id}: ${message}` : message, {
      cause: options.cause,
    });
    this.name = 'VtError';
    this.id = options.id;
    this.errno = options.errno;
    this.sqlstate = options.sqlstate;
  }
}

/**
 * What a MySQL server said, or what we say in its place: errno, sqlstate and message reach the client unchanged.
 * Numbers and states: MySQL manual, Server Error Message Reference.
 */
export class SqlError extends Error {
  constructor(
    readonly errno: number,
    readonly sqlstate: string,
    message: string,
    options: { cause?: unknown; code?: Code } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'SqlError';
    this.explicitCode = options.code;
  }
  private readonly explicitCode?: Code;

  /** The RPC code that stands for this errno. */
  get code(): Code {
    return this.explicitCode ?? codeOfErrno(this.errno);
  }
}

/** The `vtrpc.Code` for a MySQL errno; UNKNOWN where no code says more. */
export function codeOfErrno(errno: number): Code {
  return codeByErrno.get(errno) ?? Code.UNKNOWN;
}

const codeByErrno = new Map<number, Code>([
  [1022, Code.ALREADY_EXISTS], // ER_DUP_KEY
  [1040, Code.UNAVAILABLE], // ER_CON_COUNT_ERROR
  [1044, Code.PERMISSION_DENIED], // ER_DBACCESS_DENIED_ERROR
  [1045, Code.UNAUTHENTICATED], // ER_ACCESS_DENIED_ERROR
  [1046, Code.INVALID_ARGUMENT], // ER_NO_DB_ERROR
  [1048, Code.INVALID_ARGUMENT], // ER_BAD_NULL_ERROR
  [1049, Code.NOT_FOUND], // ER_BAD_DB_ERROR
  [1050, Code.ALREADY_EXISTS], // ER_TABLE_EXISTS_ERROR
  [1051, Code.NOT_FOUND], // ER_BAD_TABLE_ERROR
  [1052, Code.INVALID_ARGUMENT], // ER_NON_UNIQ_ERROR
  [1054, Code.NOT_FOUND], // ER_BAD_FIELD_ERROR
  [1062, Code.ALREADY_EXISTS], // ER_DUP_ENTRY
  [1064, Code.INVALID_ARGUMENT], // ER_PARSE_ERROR
  [1105, Code.UNKNOWN], // ER_UNKNOWN_ERROR
  [1114, Code.RESOURCE_EXHAUSTED], // ER_RECORD_FILE_FULL
  [1142, Code.PERMISSION_DENIED], // ER_TABLEACCESS_DENIED_ERROR
  [1146, Code.NOT_FOUND], // ER_NO_SUCH_TABLE
  [1153, Code.INVALID_ARGUMENT], // ER_NET_PACKET_TOO_LARGE
  [1203, Code.RESOURCE_EXHAUSTED], // ER_TOO_MANY_USER_CONNECTIONS
  [1205, Code.DEADLINE_EXCEEDED], // ER_LOCK_WAIT_TIMEOUT
  [1213, Code.ABORTED], // ER_LOCK_DEADLOCK
  [1264, Code.INVALID_ARGUMENT], // ER_WARN_DATA_OUT_OF_RANGE
  [1290, Code.CLUSTER_EVENT], // ER_OPTION_PREVENTS_STATEMENT (--read-only)
  [1317, Code.CANCELED], // ER_QUERY_INTERRUPTED
  [1364, Code.INVALID_ARGUMENT], // ER_NO_DEFAULT_FOR_FIELD
  [1366, Code.INVALID_ARGUMENT], // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
  [1406, Code.INVALID_ARGUMENT], // ER_DATA_TOO_LONG
  [1451, Code.FAILED_PRECONDITION], // ER_ROW_IS_REFERENCED_2
  [1452, Code.FAILED_PRECONDITION], // ER_NO_REFERENCED_ROW_2
  [1792, Code.FAILED_PRECONDITION], // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  [1836, Code.READ_ONLY], // ER_READ_ONLY_MODE
  [1969, Code.DEADLINE_EXCEEDED], // ER_STATEMENT_TIMEOUT (MariaDB)
  [2006, Code.UNAVAILABLE], // CR_SERVER_GONE_ERROR
  [2013, Code.UNAVAILABLE], // CR_SERVER_LOST
  [3024, Code.DEADLINE_EXCEEDED], // ER_QUERY_TIMEOUT (MySQL)
]);
