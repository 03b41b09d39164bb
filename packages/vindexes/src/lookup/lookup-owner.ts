import type { KeyspaceId } from '@vitess-ts/key';
import { quoteName } from '@vitess-ts/sqlparser';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import type { LookupCursor } from './lookup-cursor';
import { valueBinds } from './lookup-statements';

/** The table that owns a lookup: its rows are what the entries are of. */
export interface LookupOwner {
  keyspace: string;
  table: string;
  columns: readonly string[];
  /** The columns of its primary vindex. */
  placeColumns: readonly string[];
  /** The owner's unique key on these columns, for errors. */
  keyName?: string;
}

/** The duplicate-key error of a lookup table, in the words of the owner's key. */
export function asOwnersDuplicate(error: unknown, owner: LookupOwner | undefined): unknown {
  if (!(error instanceof SqlError) || error.errno !== 1062 || owner?.keyName === undefined) return error;
  const text = error.message.replace(/for key '[^']*'/, `for key '${owner.keyName}'`);
  return new SqlError(error.errno, error.sqlstate, text, { cause: error });
}

/**
 * Whether the owner has a row with these values where the keyspace id says, locked if so. With `place` it must be a row
 * of this very keyspace id: others may lie on the same shard.
 */
export async function ownerHasRow(
  cursor: LookupCursor,
  owner: LookupOwner,
  row: { values: readonly TypedValue[]; id: KeyspaceId; place?: readonly TypedValue[] },
  order: 'normal' | 'post',
): Promise<boolean> {
  const equal = owner.columns.map((column, i) => `${quoteName(column)} = :f${i}`);
  const at = row.place === undefined ? [] : owner.placeColumns.map((c, i) => `${quoteName(c)} = :p${i}`);
  const sql = `select 1 from ${quoteName(owner.table)} where ${[...equal, ...at].join(' and ')} limit 1 for update`;
  const binds = { ...valueBinds('f', row.values), ...valueBinds('p', row.place ?? []) };
  const { rows } = await cursor.executeAt(owner.keyspace, row.id, sql, binds, order);
  return rows.length > 0;
}
