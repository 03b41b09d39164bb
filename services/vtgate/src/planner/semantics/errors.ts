import { SqlError, VtError } from '@vitess-ts/vterrors';

/** The clause that MySQL names in its errors about columns. */
export type Clause =
  | 'field list'
  | 'where clause'
  | 'on clause'
  | 'group statement'
  | 'having clause'
  | 'order clause'
  | 'from clause';

export const unknownColumn = (name: string, clause: Clause): SqlError =>
  new SqlError(1054, '42S22', `Unknown column '${name}' in '${clause}'`);

export const ambiguousColumn = (name: string, clause: Clause): SqlError =>
  new SqlError(1052, '23000', `Column '${name}' in ${clause} is ambiguous`);

/** ORDER BY of a set operation names columns of the result alone. */
export const tableNotAllowed = (table: string): SqlError =>
  new SqlError(1250, '42000', `Table '${table}' from one of the SELECTs cannot be used in ORDER BY`);

export const unknownTable = (name: string): SqlError =>
  new SqlError(1051, '42S02', `Unknown table '${name}'`);

export const duplicateAlias = (name: string): SqlError =>
  new SqlError(1066, '42000', `Not unique table/alias: '${name}'`);

/** What MySQL says of a table that the vschema does not have; other errors stay what they are. */
export function asMissingTable(error: unknown, keyspace: string | undefined, name: string): unknown {
  if (!(error instanceof VtError) || error.errno !== 1146) return error;
  const full = keyspace === undefined ? name : `${keyspace}.${name}`;
  return new SqlError(1146, '42S02', `Table '${full}' doesn't exist`, { cause: error });
}
