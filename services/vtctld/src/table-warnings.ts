import { Type } from '@vitess-ts/sqltypes';
import type { ColumnDefinition, KeyDefinition, TableDefinition } from '@vitess-ts/sqlparser';
import {
  equalValuesMeet,
  isLookup,
  routesAnyValue,
  type ColumnTypeInfo,
  type ColumnVindex,
  type Table,
} from '@vitess-ts/vindexes';

/** Collations that MariaDB 10.11 gives a character set when none is named. */
const defaultCollations: ReadonlyMap<string, string> = new Map([
  ['utf8mb4', 'utf8mb4_general_ci'],
  ['utf8mb3', 'utf8mb3_general_ci'],
  ['utf8', 'utf8mb3_general_ci'],
  ['latin1', 'latin1_swedish_ci'],
  ['ascii', 'ascii_general_ci'],
]);

/**
 * What a table of a sharded keyspace does that its vschema cannot keep: columns by which nothing can be routed, UNIQUE
 * keys that no server can check, numbers that every shard hands out by itself.
 */
export function tableWarnings(table: Table, definition: TableDefinition): string[] {
  if (table.columnVindexes.length === 0 || table.pinned !== undefined) return [];
  return [
    ...routingWarnings(table, definition),
    ...uniqueWarnings(table, definition),
    ...autoIncrementWarnings(table, definition),
  ].map((text) => `table ${table.name}: ${text}`);
}

function routingWarnings({ columnVindexes }: Table, definition: TableDefinition): string[] {
  return columnVindexes.flatMap(({ vindex, columns }) => {
    if (columns.length !== 1) return [];
    const column = columnOf(definition, columns[0]);
    if (column === undefined) return [`column ${columns[0]} of vindex ${vindex.name} does not exist`];
    const info = typeInfo(definition, column);
    // Whether a lookup finds all equal values is its own table's affair.
    if (routesAnyValue(vindex, info) || isLookup(vindex)) return [];
    const what =
      info.collation === ''
        ? `values of type ${column.type} have no form`
        : `collation ${info.collation} calls values of column ${column.name} equal`;
    const why = info.collation === '' ? 'that decides a keyspace id' : 'that the vindex keeps apart';
    return [
      `look-ups by column ${column.name} go to all shards: ${what} ${why} (${vindex.name}, ${vindex.type})`,
    ];
  });
}

function uniqueWarnings(table: Table, definition: TableDefinition): string[] {
  const { columnVindexes, autoIncrement } = table;
  const primary = columnVindexes.find((v) => v.isPrimary);
  if (primary === undefined) return [];
  return definition.keys.flatMap((key) => {
    if (key.type !== 'primary' && key.type !== 'unique') return [];
    const names = key.columns.map(({ name }) => name?.toLowerCase() ?? '');
    const shown = keyName(key);
    // The values of a sequence are used once.
    if (autoIncrement !== undefined && names.includes(autoIncrement.column.toLowerCase())) return [];
    if (columnVindexes.some((v) => isUniqueLookup(v) && includesAll(names, v))) return [];
    if (!includesAll(names, primary)) {
      return [
        `${shown} does not contain ${primary.columns.join(', ')} of the primary vindex, so each shard only checks its ` +
          `own rows: add it, or a unique lookup vindex`,
      ];
    }
    const apart = primary.columns
      .map((name) => columnOf(definition, name))
      .find((c) => c && separatesEquals(primary, typeInfo(definition, c)));
    if (apart === undefined) return [];
    return [
      `${shown} holds within a shard only: the collation of ${apart.name} calls values equal that vindex ` +
        `${primary.vindex.name} may send to different shards`,
    ];
  });
}

function separatesEquals({ vindex }: ColumnVindex, info: ColumnTypeInfo): boolean {
  return info.collation !== '' && !equalValuesMeet(vindex, info);
}

const isUniqueLookup = (v: ColumnVindex): boolean => v.isUnique && v.vindex.needsVCursor;

function includesAll(names: readonly string[], { columns }: ColumnVindex): boolean {
  return columns.every((column) => names.includes(column.toLowerCase()));
}

function keyName({ type, name, columns }: KeyDefinition): string {
  const list = columns.map((c) => c.name ?? '(expression)').join(', ');
  return type === 'primary' ? `PRIMARY KEY (${list})` : `UNIQUE key ${name ?? ''} (${list})`;
}

function autoIncrementWarnings({ autoIncrement }: Table, definition: TableDefinition): string[] {
  const column = definition.columns.find((c) => c.autoIncrement);
  if (column === undefined) return [];
  if (autoIncrement?.column.toLowerCase() === column.name.toLowerCase()) return [];
  return [
    `AUTO_INCREMENT of column ${column.name} gives the same numbers on every shard: ` +
      `give the table an auto_increment with a sequence in the vschema`,
  ];
}

function columnOf({ columns }: TableDefinition, name: string): ColumnDefinition | undefined {
  return columns.find((c) => c.name.toLowerCase() === name.toLowerCase());
}

function typeInfo(table: TableDefinition, column: ColumnDefinition): ColumnTypeInfo {
  const type = typeNumber(column);
  const isCharacters = type === Type.VARCHAR || type === Type.CHAR || type === Type.TEXT;
  return { type, collation: isCharacters ? collationOf(table, column) : '' };
}

function collationOf(table: TableDefinition, column: ColumnDefinition): string {
  if (column.collation !== undefined) return column.collation.toLowerCase();
  const charset = column.charset?.toLowerCase();
  if (charset !== undefined && charset !== table.charset?.toLowerCase()) {
    return defaultCollations.get(charset) ?? `${charset}_general_ci`;
  }
  if (table.collation !== undefined) return table.collation.toLowerCase();
  const tableCharset = table.charset?.toLowerCase() ?? 'utf8mb4';
  return defaultCollations.get(tableCharset) ?? `${tableCharset}_general_ci`;
}

/** Of the types that vindexes know; DECIMAL stands for all others, which none of them does. */
function typeNumber({ typeName, unsigned }: ColumnDefinition): number {
  switch (typeName.toLowerCase()) {
    case 'tinyint':
    case 'bool':
    case 'boolean':
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'integer':
    case 'bigint':
      return unsigned ? Type.UINT64 : Type.INT64;
    case 'year':
      return Type.YEAR;
    case 'date':
      return Type.DATE;
    case 'varchar':
      return Type.VARCHAR;
    case 'char':
      return Type.CHAR;
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return Type.TEXT;
    case 'varbinary':
      return Type.VARBINARY;
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return Type.BLOB;
    default:
      return Type.DECIMAL;
  }
}
