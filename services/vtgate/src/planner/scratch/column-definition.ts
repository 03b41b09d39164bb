import { collationByName } from '@vitess-ts/mysql';
import type { Expr } from '@vitess-ts/sqlparser';
import { quoteName, quoteString } from '@vitess-ts/sqlparser';
import { Type, isIntegral } from '@vitess-ts/sqltypes';
import type { Column } from '@vitess-ts/vindexes';
import type { ScratchColumn, ValueForm } from '../../engine/scratch/scratch-column';
import { intLiteral } from '../syntax-tree';

/** A column of a scratch table, and the expression that reads its value from the table it stands for. */
export interface ReadColumn {
  column: ScratchColumn;
  read: Expr;
}

/** Characters of text that an index holds. */
const KEY_CHARACTERS = 191;

/**
 * A column as the real one: same type, character set and collation, but neither generated nor counted up. `fullType` is
 * the type as information_schema has it; without it the vschema's stands in. Undefined when the type is not known.
 */
export function columnDefinition(column: Column, fullType: string | undefined): ReadColumn | undefined {
  if (column.type === Type.NULL_TYPE) return undefined;
  // MariaDB's JSON is text that is known to be JSON.
  const isJsonText = fullType === 'json' && column.type === Type.TEXT;
  const known = isJsonText ? 'longtext' : fullType?.replace(/\/\*.*?\*\//g, '').trim();
  const type = known ?? typeText(column);
  if (type === undefined) return undefined;
  const collation = column.collation === '' ? undefined : collationByName(column.collation);
  const charset = collation?.charset;
  const definition = [
    type,
    ...(collation === undefined ? [] : [`character set ${charset} collate ${collation.name}`]),
    // A column that no one names must have a default.
    column.nullable === false && !column.invisible ? 'not null' : 'null',
    ...(column.invisible ? ['invisible'] : []),
    ...(isJsonText ? [`check (json_valid(${quoteName(column.name)}))`] : []),
  ].join(' ');
  const { form, read } = formOf(column, type, charset);
  const name = { kind: 'column', name: column.name } as const;
  return {
    column: { name: column.name, definition, form, ...keyOf(column, type) },
    read: read(name),
  };
}

type Reader = (column: Expr) => Expr;
const asIs: Reader = (column) => column;
const asBytes: Reader = (column) => ({
  kind: 'cast',
  operand: column,
  type: { name: 'binary', array: false },
});
const plus =
  (zero: Expr): Reader =>
  (column) => ({ kind: 'binary', op: '+', left: column, right: zero });
const call =
  (name: string): Reader =>
  (column) => ({ kind: 'function', name, args: [column] });

/** Character sets whose text is the same bytes in UTF-8. */
const utf8: ReadonlySet<string> = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii']);

/** Every value is read in a form that neither its text nor the session's settings can change. */
function formOf(
  column: Column,
  type: string,
  charset: string | undefined,
): { form: ValueForm; read: Reader } {
  switch (column.type) {
    case Type.FLOAT32:
      // A FLOAT's own text has fewer digits than its value.
      return { form: { kind: 'text' }, read: plus({ kind: 'literal', type: 'float', value: '0e0' }) };
    case Type.FLOAT64:
      return { form: { kind: 'text' }, read: asIs };
    case Type.ENUM:
    case Type.SET:
    case Type.BIT:
      return { form: { kind: 'member' }, read: plus(intLiteral(0)) };
    case Type.TIMESTAMP:
      return { form: { kind: 'timestamp' }, read: call('unix_timestamp') };
    case Type.DECIMAL:
      return { form: { kind: 'number' }, read: asIs };
    case Type.DATE:
    case Type.DATETIME:
    case Type.TIME:
      return { form: { kind: 'text' }, read: asIs };
    case Type.JSON:
      return { form: { kind: 'text' }, read: jsonText };
    default:
  }
  if (isIntegral(column.type)) return { form: { kind: 'number' }, read: asIs };
  if (/^(uuid|inet4|inet6)\b/i.test(type)) return { form: { kind: 'text' }, read: asIs };
  if (charset === undefined) return { form: { kind: 'bytes' }, read: asIs };
  const form: ValueForm = utf8.has(charset) ? { kind: 'text' } : { kind: 'bytes', charset };
  return { form, read: asBytes };
}

const jsonText: Reader = (column) =>
  asBytes({ kind: 'cast', operand: column, type: { name: 'char', charset: 'utf8mb4', array: false } });

function keyOf(column: Column, type: string): { key?: string } {
  const name = quoteName(column.name);
  if (column.type === Type.GEOMETRY || column.type === Type.JSON || column.type === Type.VECTOR) return {};
  if (/^\w*(text|blob)\b/i.test(type)) return { key: `${name}(${KEY_CHARACTERS})` };
  const length = Number(/^\w*(?:char|binary)\((\d+)\)/i.exec(type)?.[1] ?? 0);
  return { key: length > KEY_CHARACTERS ? `${name}(${KEY_CHARACTERS})` : name };
}

/** The type as the vschema has it. */
function typeText({ type, size, scale, values }: Column): string | undefined {
  const sized = (name: string, otherwise = ''): string =>
    size > 0 ? `${name}(${size})` : `${name}${otherwise}`;
  const fixed = fixedTypes.get(type);
  if (fixed !== undefined) return fixed;
  switch (type) {
    case Type.DECIMAL:
      return size > 0 ? `decimal(${size},${scale})` : 'decimal';
    case Type.DATETIME:
      return sized('datetime');
    case Type.TIMESTAMP:
      return sized('timestamp');
    case Type.TIME:
      return sized('time');
    case Type.VARCHAR:
      return sized('varchar', '(255)');
    case Type.CHAR:
      return sized('char', '(255)');
    case Type.VARBINARY:
      return sized('varbinary', '(255)');
    case Type.BINARY:
      return sized('binary', '(255)');
    case Type.BIT:
      return sized('bit', '(64)');
    case Type.ENUM:
    case Type.SET:
      if (values.length === 0) return undefined;
      return `${type === Type.ENUM ? 'enum' : 'set'}(${values.map((v) => quoteString(v)).join(',')})`;
    default:
      return undefined;
  }
}

const fixedTypes: ReadonlyMap<number, string> = new Map([
  [Type.INT8, 'tinyint'],
  [Type.UINT8, 'tinyint unsigned'],
  [Type.INT16, 'smallint'],
  [Type.UINT16, 'smallint unsigned'],
  [Type.INT24, 'mediumint'],
  [Type.UINT24, 'mediumint unsigned'],
  [Type.INT32, 'int'],
  [Type.UINT32, 'int unsigned'],
  [Type.INT64, 'bigint'],
  [Type.UINT64, 'bigint unsigned'],
  [Type.FLOAT32, 'float'],
  [Type.FLOAT64, 'double'],
  [Type.YEAR, 'year'],
  [Type.DATE, 'date'],
  [Type.TEXT, 'longtext'],
  [Type.BLOB, 'longblob'],
  [Type.GEOMETRY, 'geometry'],
  [Type.JSON, 'json'],
]);
