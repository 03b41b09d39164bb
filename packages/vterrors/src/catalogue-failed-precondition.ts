import { entry } from './catalogue-entry';
import { Code } from './code';

const code = Code.FAILED_PRECONDITION;

/** VT09: the statement would be right if something else were first. */
export const failedPrecondition = {
  VT09001: entry(
    code,
    "table '%s' does not have a primary vindex",
    'Give the table a column vindex in the vschema; its first one decides where rows live.',
    1173,
    '42000',
  ),
  VT09002: entry(
    code,
    '%s statement with a replica target',
    'Writes go to the primary: target the keyspace without @replica or @rdonly.',
    1874,
    'HY000',
  ),
  VT09003: entry(
    code,
    "INSERT query does not have primary vindex column '%s' in the column list",
    'Insert a value for the column, or let a sequence fill it.',
  ),
  VT09004: entry(
    code,
    'INSERT should contain column list or the table should have authoritative columns in vschema',
    'Name the columns in the INSERT, or switch schema tracking on.',
  ),
  VT09005: entry(
    code,
    'no database selected: use keyspace<:shard><@type> or keyspace<[range]><@type> (<> are optional)',
    'Name a keyspace when connecting, or select one with USE.',
    1046,
    '3D000',
  ),
  VT09006: entry(code, '%s VITESS_MIGRATION works only on primary tablet', 'Target the primary.'),
  VT09007: entry(code, '%s VITESS_THROTTLED_APPS works only on primary tablet', 'Target the primary.'),
  VT09008: entry(
    code,
    'vexplain queries/all will actually run queries',
    'Write /*vt+ EXECUTE_DML_QUERIES */ after VEXPLAIN if the statement shall really write.',
  ),
  VT09009: entry(
    code,
    'stream is supported only for primary tablet type, current type: %s',
    'Target the primary.',
  ),
  VT09010: entry(code, 'SHOW VITESS_THROTTLER STATUS works only on primary tablet', 'Target the primary.'),
  VT09011: entry(
    code,
    'Unknown prepared statement handler (%s) given to %s',
    'PREPARE the statement in this session first.',
    1243,
    'HY000',
  ),
  VT09012: entry(
    code,
    '%s statement with %s tablet not allowed',
    'Target a tablet type on which the statement is allowed.',
  ),
  VT09013: entry(
    code,
    'semi-sync plugins are not loaded',
    "Load the server's semi-sync plugins, or choose the durability policy none.",
  ),
  VT09014: entry(
    code,
    'vindex cannot be modified',
    'A vindex can be read as a table, not written. Write to the table that owns it.',
  ),
  VT09015: entry(
    code,
    'schema tracking required',
    'Switch schema tracking on, or declare the columns of the tables as authoritative in the vschema.',
  ),
  VT09016: entry(
    code,
    'Cannot delete or update a parent row: a foreign key constraint fails',
    'SET DEFAULT is no action that InnoDB supports. Use another one.',
    1451,
    '23000',
  ),
  VT09017: entry(code, '%s', 'The statement is not right for its kind. The message says what is wrong.'),
  VT09018: entry(
    code,
    '%s',
    'A vindex is read as `select ... from vindex where id = ...`. The message says what is wrong.',
  ),
  VT09019: entry(
    code,
    "keyspace '%s' has cyclic foreign keys. Cycle exists between %s",
    'Break the cycle of foreign keys, or leave foreign keys to MySQL (foreign_key_mode unmanaged).',
  ),
  VT09020: entry(
    code,
    'can not use multiple vindex hints for table %s',
    'Give one USE VINDEX or IGNORE VINDEX a table.',
  ),
  VT09021: entry(
    code,
    "Vindex '%s' does not exist in table '%s'",
    'Name a vindex of the table: SHOW VSCHEMA VINDEXES ON the table lists them.',
    1176,
    '42000',
  ),
  VT09022: entry(code, 'Destination does not have exactly one shard: %s', 'Target one shard.'),
  VT09023: entry(
    code,
    'could not map %s to a keyspace id',
    'The vindex has no entry for the value: insert the row of the owner first, or repair the lookup table.',
  ),
  VT09024: entry(
    code,
    'could not map %s to a unique keyspace id: %s',
    'The vindex has several entries for the value: use a unique vindex there.',
  ),
  VT09025: entry(
    code,
    'atomic transaction error: %s',
    'Look at the transaction with SHOW TRANSACTION STATUS FOR its id.',
  ),
  VT09026: entry(
    code,
    "Recursive Common Table Expression '%s' should contain a UNION",
    'Write a non-recursive SELECT, UNION, and the recursive one.',
    3573,
    'HY000',
  ),
  VT09027: entry(
    code,
    "Recursive Common Table Expression '%s' can contain neither aggregation nor window functions in recursive query block",
    'Aggregate outside of the recursive part.',
    3575,
    'HY000',
  ),
  VT09028: entry(
    code,
    "In recursive query block of Recursive Common Table Expression '%s', the recursive table must neither be in the right argument of a LEFT JOIN, nor be forced to be non-first with join order hints",
    'Put the recursive table on the left side of the join.',
    3576,
    'HY000',
  ),
  VT09029: entry(
    code,
    'In recursive query block of Recursive Common Table Expression %s, the recursive table must be referenced only once, and not in any subquery',
    'Use the recursive table once, in FROM.',
    3577,
    'HY000',
  ),
  VT09030: entry(
    code,
    'Recursive query aborted after 1000 iterations.',
    'Give the recursion a condition by which it ends.',
    3636,
    'HY000',
  ),
  VT09031: entry(
    code,
    'Primary demotion is stalled',
    'Writes on the old primary do not end: look for blocked transactions, or reparent by EmergencyReparentShard.',
  ),
  VT09032: entry(
    code,
    'previous transaction failed. Issue a ROLLBACK to resolve the failure.',
    'The transaction of this session is gone since the VT15001 before. Send ROLLBACK, then begin again.',
  ),
} as const;
