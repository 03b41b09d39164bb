import { entry } from './catalogue-entry';
import { Code } from './code';

/** VT05: a name that nothing has. */
export const notFound = {
  VT05001: entry(
    Code.NOT_FOUND,
    "cannot drop database '%s'; database does not exists",
    'Correct the name of the database.',
    1008,
    'HY000',
  ),
  VT05002: entry(
    Code.NOT_FOUND,
    "cannot alter database '%s'; unknown database",
    'Correct the name of the database.',
    1049,
    '42000',
  ),
  VT05003: entry(
    Code.NOT_FOUND,
    "unknown database '%s' in vschema",
    'Correct the name of the keyspace, or apply a vschema for it.',
    1049,
    '42000',
  ),
  VT05004: entry(
    Code.NOT_FOUND,
    "table '%s' does not exist",
    'Correct the name of the table, or add it to the vschema.',
    1109,
    '42S02',
  ),
  VT05005: entry(
    Code.NOT_FOUND,
    "table '%s' does not exist in keyspace '%s'",
    'Correct the name of the table, create it, or add it to the vschema of the keyspace.',
    1146,
    '42S02',
  ),
  VT05006: entry(
    Code.NOT_FOUND,
    "unknown system variable '%s'",
    'Correct the name of the variable.',
    1193,
    'HY000',
  ),
  VT05007: entry(
    Code.NOT_FOUND,
    'no table info',
    'The schema of the table is not known yet. Try again when schema tracking has seen it.',
  ),
} as const;

/** VT06: a name that something has already. */
export const alreadyExists = {
  VT06001: entry(
    Code.ALREADY_EXISTS,
    "cannot create database '%s'; database exists",
    'Choose another name, or use IF NOT EXISTS.',
    1007,
    'HY000',
  ),
} as const;

/** VT07: not allowed to this user, or to any. */
export const permissionDenied = {
  VT07001: entry(
    Code.PERMISSION_DENIED,
    '%s',
    'KILL is only for connections of the same user, and has to be enabled.',
    1095,
    'HY000',
  ),
} as const;

/** VT10: stopped on the way. */
export const aborted = {
  VT10001: entry(
    Code.ABORTED,
    'foreign key constraints are not allowed',
    'An online schema change cannot carry foreign keys. Use the direct strategy, or drop the constraint.',
  ),
  VT10002: entry(
    Code.ABORTED,
    'atomic distributed transaction not allowed: %s',
    'The transaction is rolled back. The message says what it did that an atomic commit cannot do.',
  ),
} as const;

/** VT12: nobody has taught us that. */
export const unimplemented = {
  VT12001: entry(
    Code.UNIMPLEMENTED,
    'unsupported: %s',
    'Rewrite the statement without the part that the message names.',
  ),
  VT12002: entry(
    Code.UNIMPLEMENTED,
    "unsupported: cross-shard foreign keys between table '%s' and '%s'",
    'Shard both tables by the same column and vindex.',
  ),
} as const;

/** VT13: our fault. */
export const internal = {
  VT13001: entry(
    Code.INTERNAL,
    '[BUG] %s',
    'This should not happen. Report it with the statement and the vschema.',
  ),
  VT13002: entry(
    Code.INTERNAL,
    'unexpected AST struct for query: %s',
    'This should not happen. Report it with the statement.',
  ),
} as const;

/** VT14: somebody does not answer. */
export const unavailable = {
  VT14001: entry(
    Code.UNAVAILABLE,
    'connection error',
    'The peer cannot be reached. Check that it runs and its address.',
  ),
  VT14002: entry(
    Code.UNAVAILABLE,
    'no available connection',
    'No healthy tablet serves the target. SHOW VITESS_TABLETS lists those that are known.',
  ),
  VT14003: entry(
    Code.UNAVAILABLE,
    'no connection for tablet %s',
    'The tablet is not healthy or not known here. Check that it runs.',
  ),
  VT14004: entry(
    Code.UNAVAILABLE,
    'cannot find keyspace for: %s',
    'Check that the keyspace exists and serves in this cell: RebuildKeyspaceGraph builds its serving graph.',
  ),
  VT14005: entry(
    Code.UNAVAILABLE,
    'cannot lookup sidecar database for keyspace: %s',
    'The keyspace record cannot be read. Check the topology service.',
  ),
} as const;

/** VT15: the transaction is lost. The code is that of the error behind it. */
export const transactionLost = {
  VT15001: entry(
    undefined,
    'transaction error, issue ROLLBACK and retry the transaction: %s',
    'The tablet or the connection of the transaction is gone, and the transaction with it. Send ROLLBACK, then run it again.',
  ),
} as const;
