import { assert } from '@vitess-ts/base';
import type { Delete, Expr, Update } from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import type { Table } from '@vitess-ts/vindexes';
import type { ChangedTable, RowKey, RowPlace } from '../../engine/two-step/changed-table';
import type { KeyedStatement } from '../../engine/two-step/keyed-writer';
import { unsupported } from '../../engine/unsupported';
import { mapRowsOf } from '../operators/storing-vindex';
import type { PlanContext } from '../plan-context';
import { ownedLookups, type OwnedLookup } from '../row-entries';
import type { TableInfo } from '../semantics/bound';
import type { ReadColumns } from './read-columns';

/** A table that the statement changes, with what the second step needs of each of its rows added to the first. */
export function changedTable(
  info: TableInfo,
  read: ReadColumns,
  context: PlanContext,
): { table: Table; changed: ChangedTable; owned: OwnedLookup[] } {
  const { table } = info;
  assert(table !== undefined, 'only tables of the vschema are changed');
  const isSpread = table.keyspace.sharded && table.pinned === undefined && table.type !== 'reference';
  const owned = isSpread ? ownedLookups(table, context) : [];
  return {
    table,
    owned,
    changed: {
      keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
      name: table.name,
      key: keyOf(table, info, read, context),
      place: placeOf(table, isSpread, info, read, context),
      lookups: owned.map(({ operations, columnVindex }) => ({
        operations,
        columns: read.columns(info, columnVindex.columns),
      })),
      sameOnEveryShard: table.keyspace.sharded && table.type === 'reference',
    },
  };
}

function placeOf(
  table: Table,
  isSpread: boolean,
  info: TableInfo,
  read: ReadColumns,
  context: PlanContext,
): RowPlace {
  if (table.pinned !== undefined) {
    return { kind: 'destination', destination: { kind: 'keyspaceId', id: table.pinned } };
  }
  if (!isSpread) return { kind: 'destination', destination: { kind: 'allShards' } };
  const primary = table.columnVindexes.find((v) => v.isPrimary);
  const map = primary && mapRowsOf(table, primary, context);
  if (primary === undefined || map === undefined) {
    throw unsupported(
      `changing rows of table '${table.name}', whose primary vindex takes other columns than the vschema gives it`,
      'correct the vschema, or target a shard',
    );
  }
  return { kind: 'vindex', columns: read.columns(info, primary.columns), map };
}

/** The primary key, else a unique key without NULLs, else the whole row. */
function keyOf(table: Table, info: TableInfo, read: ReadColumns, context: PlanContext): RowKey {
  const schema = context.planning.tableSchema?.(table.keyspace.name, table.name);
  const isNullable = (name: string): boolean =>
    schema?.columns.find((c) => c.name.toLowerCase() === name.toLowerCase())?.nullable !== false;
  const unique = schema?.uniqueKeys.find((key) => !key.columns.some(isNullable));
  const names = schema?.primaryKey.length ? schema.primaryKey : unique?.columns;
  if (names !== undefined) return { names, columns: read.columns(info, names), isWholeRow: false };
  if (!table.columnListAuthoritative || table.columns.length === 0) {
    throw unsupported(
      `this statement on table '${table.name}', whose keys are not known`,
      'let the schema be tracked, or restrict the statement to one shard',
    );
  }
  const inexact = table.columns.find((c) =>
    [Type.FLOAT32, Type.GEOMETRY, Type.JSON].some((t) => t === c.type),
  );
  if (inexact !== undefined) {
    throw unsupported(
      `this statement on table '${table.name}', which has no primary key and a column '${inexact.name}' that does not compare exactly`,
      'give the table a primary key, or restrict the statement to one shard',
    );
  }
  const all = table.columns.map((c) => c.name);
  return { names: all, columns: read.columns(info, all), isWholeRow: true };
}

const mark: Expr = { kind: 'arg', name: '__key' };

/** A statement around the condition on the key. */
export function keyedStatement(statement: Update | Delete, context: PlanContext): KeyedStatement {
  const text = context.sql({ ...statement, where: mark });
  const [prefix, suffix] = text.split(':__key');
  assert(suffix !== undefined, 'the condition stands in the statement once');
  return { prefix, suffix };
}
