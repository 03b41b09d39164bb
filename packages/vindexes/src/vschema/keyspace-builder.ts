import { parseHexKey } from '@vitess-ts/key';
import type {
  Keyspace,
  Table as ProtoTable,
  ColumnVindex as ProtoColumnVindex,
} from '@vitess-ts/proto/vschema';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VindexRegistry } from '../create-vindex';
import { createVindex } from '../create-vindex';
import type { Vindex } from '../vindex';
import type { Column, ColumnVindex, KeyspaceVSchema, QualifiedTable, Table, TableType } from './model';

const invalid = (message: string): VtError => new VtError(Code.INVALID_ARGUMENT, message);

/**
 * Builds one keyspace. Throws `VtError` INVALID_ARGUMENT or UNIMPLEMENTED at the first thing that is wrong. Sequences
 * of auto-increment columns and sources of reference tables are only parsed: they may lie in another keyspace.
 */
export function buildKeyspace(name: string, proto: Keyspace, registry: VindexRegistry): KeyspaceVSchema {
  const vindexes = new Map<string, Vindex>();
  const tables = new Map<string, Table>();
  const keyspace: KeyspaceVSchema = {
    name,
    sharded: proto.sharded,
    vindexes,
    tables,
    requireExplicitRouting: proto.requireExplicitRouting,
    foreignKeyMode: proto.foreignKeyMode,
    multiTenant: proto.multiTenantSpec && {
      column: proto.multiTenantSpec.tenantIdColumnName,
      type: proto.multiTenantSpec.tenantIdColumnType,
    },
  };
  for (const [vindexName, vindex] of sortedEntries(proto.vindexes)) {
    vindexes.set(vindexName, createVindex(vindex.type, vindexName, vindex.params, registry));
  }
  for (const [tableName, table] of sortedEntries(proto.tables)) {
    tables.set(tableName, buildTable(keyspace, tableName, table, proto));
  }
  return keyspace;
}

/** A keyspace that cannot be built: it is known, and every use of it gives the error. */
export function brokenKeyspace(name: string, proto: Keyspace, error: VtError): KeyspaceVSchema {
  return {
    name,
    sharded: proto.sharded,
    vindexes: new Map(),
    tables: new Map(),
    requireExplicitRouting: proto.requireExplicitRouting,
    foreignKeyMode: proto.foreignKeyMode,
    error,
  };
}

function buildTable(keyspace: KeyspaceVSchema, name: string, proto: ProtoTable, owner: Keyspace): Table {
  const type = tableType(name, proto.type);
  const pinned = proto.pinned === '' ? undefined : pinnedId(name, proto.pinned);
  if (keyspace.sharded && type === 'sequence' && !pinned) {
    throw invalid(`sequence table has to be in an unsharded keyspace or must be pinned: ${name}`);
  }
  if (proto.source !== '' && type !== 'reference') {
    throw invalid(`source "${proto.source}" may only be set on reference tables: ${name}`);
  }
  const columns = buildColumns(name, proto);
  if (proto.columnListAuthoritative && columns.length === 0) {
    throw invalid(`column_list_authoritative needs columns: ${name}`);
  }
  const columnVindexes = keyspace.sharded
    ? buildColumnVindexes(keyspace, name, proto.columnVindexes, owner)
    : [];
  if (keyspace.sharded && type === '' && !pinned && columnVindexes.length === 0) {
    throw invalid(`missing primary col vindex for table: ${name}`);
  }
  return {
    keyspace,
    name,
    type,
    columnVindexes,
    autoIncrement: proto.autoIncrement && {
      column: proto.autoIncrement.column,
      sequence: qualifiedTable(proto.autoIncrement.sequence, keyspace.name),
    },
    columns,
    columnListAuthoritative: proto.columnListAuthoritative,
    pinned,
    source: proto.source === '' ? undefined : sourceOf(keyspace, name, proto.source),
    isImplicit: false,
  };
}

function tableType(table: string, type: string): TableType {
  if (type === '' || type === 'sequence' || type === 'reference') return type;
  throw invalid(
    `unidentified table type ${type}: table ${table} may be a sequence, a reference or have no type`,
  );
}

function pinnedId(table: string, hex: string): Buffer {
  try {
    return parseHexKey(hex);
  } catch (err) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `could not decode the keyspace id for pin of table ${table}: ${hex}`,
      {
        cause: err,
      },
    );
  }
}

function sourceOf(keyspace: KeyspaceVSchema, table: string, source: string): QualifiedTable {
  if (!source.includes('.')) throw invalid(`source "${source}" of table ${table} must be keyspace.table`);
  const qualified = qualifiedTable(source, keyspace.name);
  if (qualified.keyspace === keyspace.name && qualified.name === table) {
    throw invalid(`source "${source}" may not be the table itself: ${table}`);
  }
  return qualified;
}

/** Reads `table` or `keyspace.table`, each part in backquotes or not. */
export function qualifiedTable(text: string, defaultKeyspace: string): QualifiedTable {
  const match = /^(?:(?:`([^`]+)`|([^`.]+))\.)?(?:`([^`]+)`|([^`.]+))$/.exec(text);
  if (!match) throw invalid(`"${text}" is not a table name: write table or keyspace.table`);
  return { keyspace: match[1] ?? match[2] ?? defaultKeyspace, name: match[3] ?? match[4] };
}

function buildColumns(table: string, proto: ProtoTable): Column[] {
  const seen = new Set<string>();
  return proto.columns.map((column) => {
    const key = column.name.toLowerCase();
    if (column.name === '') throw invalid(`a column of table ${table} has no name`);
    if (seen.has(key)) throw invalid(`duplicate column name '${column.name}' for table: ${table}`);
    seen.add(key);
    return {
      name: column.name,
      type: column.type,
      collation: column.collationName,
      invisible: column.invisible,
      default: column.default,
      size: column.size,
      scale: column.scale,
      nullable: column.nullable,
      values: column.values,
    };
  });
}

function buildColumnVindexes(
  keyspace: KeyspaceVSchema,
  table: string,
  protos: readonly ProtoColumnVindex[],
  owner: Keyspace,
): ColumnVindex[] {
  const built = protos.map((proto, i) => {
    const vindex = keyspace.vindexes.get(proto.name);
    if (!vindex) throw invalid(`vindex ${proto.name} not found for table ${table}`);
    const owned = owner.vindexes[proto.name].owner === table;
    const columnVindex: ColumnVindex = {
      vindex,
      columns: columnsOf(table, proto),
      owned,
      isUnique: vindex.isUnique,
      cost: vindex.cost,
      isPrimary: i === 0,
    };
    if (i === 0 && !vindex.isUnique)
      throw invalid(`primary vindex ${proto.name} is not Unique for table ${table}`);
    if (i === 0 && owned) throw invalid(`primary vindex ${proto.name} cannot be owned for table ${table}`);
    return columnVindex;
  });
  // A stable sort: of two that cost the same the vschema's order stays.
  return [...built.slice(0, 1), ...built.slice(1).sort((a, b) => a.cost - b.cost)];
}

function columnsOf(table: string, proto: ProtoColumnVindex): string[] {
  if (proto.column !== '' && proto.columns.length > 0) {
    throw invalid(
      `can't use column and columns at the same time in vindex (${proto.name}) and table (${table})`,
    );
  }
  const columns = proto.column !== '' ? [proto.column] : proto.columns;
  if (columns.length === 0)
    throw invalid(`must specify at least one column for vindex (${proto.name}) and table (${table})`);
  return [...columns];
}

/** Entries by name, so that the first error is the same every time. */
function sortedEntries<T>(map: Record<string, T>): [string, T][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
