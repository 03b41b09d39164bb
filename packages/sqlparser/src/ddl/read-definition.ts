import type { NspColumnRef, NspDefault, NspDefinition, NspType } from './nsp-tree';
import type { ColumnExtras } from './column-parser';
import { foreignType } from './plain-ddl';
import type { ColumnDefinition, KeyDefinition } from './table-definition';
import { stringValue } from '../lexer/values';
import { quoteString } from '../printer/quote';

function columnNameOf(ref: NspColumnRef | undefined): string | undefined {
  const column = ref?.column;
  return typeof column === 'string' ? column : column?.expr?.value;
}

/** A column as node-sql-parser gives it, with the attributes that it does not read. */
export function readColumn(definition: NspDefinition, extras: ColumnExtras): ColumnDefinition {
  const type = (Array.isArray(definition.definition) ? {} : (definition.definition ?? {})) as NspType;
  const column: ColumnDefinition = {
    name: columnNameOf(definition.column) ?? '',
    ...readType(type),
    nullable: definition.nullable?.type !== 'not null' && !isPrimary(definition),
    autoIncrement: definition.auto_increment !== undefined && definition.auto_increment !== null,
    ...extras,
  };
  const collation = definition.collate?.collate?.name;
  if (collation) column.collation = collation.toLowerCase();
  const charset = textOf(definition.character_set?.value?.value);
  if (charset !== undefined) column.charset = charset.toLowerCase();
  const comment = stringOf(definition.comment?.value);
  if (comment !== undefined) column.comment = comment;
  if (definition.default_val?.value) column.default = readDefault(definition.default_val.value);
  return column;
}

/** The keys that a column's own attributes make: `id int primary key`, `a int unique`. */
export function keyOfColumn(definition: NspDefinition): KeyDefinition | undefined {
  const name = columnNameOf(definition.column);
  if (name === undefined) return undefined;
  const columns = [{ name, desc: false }];
  if (isPrimary(definition)) return { type: 'primary', columns };
  const unique = definition.unique ?? definition.unique_or_primary;
  return unique ? { type: 'unique', name, columns } : undefined;
}

function isPrimary(definition: NspDefinition): boolean {
  return Boolean(definition.primary_key) || /primary|^key$/i.test(definition.unique_or_primary ?? '');
}

type TypePart = Pick<ColumnDefinition, 'type' | 'typeName' | 'length' | 'scale' | 'unsigned' | 'values'>;

function readType(type: NspType): TypePart {
  const typeName = (type.dataType ?? '').toLowerCase();
  const suffixes = (type.suffix ?? [])
    .filter((x): x is string => typeof x === 'string')
    .map((x) => x.toLowerCase());
  const values = (type.expr?.value ?? []).map((x) => stringOf(x) ?? '');
  const part: TypePart = { type: typeName, typeName, unsigned: suffixes.includes('unsigned'), values };
  if (typeof type.length === 'number') part.length = type.length;
  if (typeof type.scale === 'number') part.scale = type.scale;
  if (part.length !== undefined)
    part.type += part.scale === undefined ? `(${part.length})` : `(${part.length},${part.scale})`;
  const foreign = foreignType(typeName, part.length);
  if (foreign !== undefined) return { type: foreign, typeName: foreign, unsigned: false, values };
  if (values.length > 0) part.type += `(${values.map((x) => quoteString(x)).join(',')})`;
  for (const suffix of suffixes) part.type += ` ${suffix}`;
  return part;
}

const literalTypes = new Set([
  'single_quote_string',
  'double_quote_string',
  'string',
  'number',
  'bigint',
  'bool',
  'boolean',
  'hex_string',
  'full_hex_string',
  'bit_string',
]);

function readDefault(value: NspDefault): ColumnDefinition['default'] {
  if (value.type === 'null') return { literal: null };
  if (value.type === 'column_ref') return defaultText(columnNameOf(value) ?? '');
  const text = stringOf(value);
  return literalTypes.has(value.type ?? '') && text !== undefined
    ? { literal: text }
    : { expression: true, text: columnNameOf(value) ?? '' };
}

function defaultText(text: string): ColumnDefinition['default'] {
  return text.toUpperCase() === 'NULL' ? { literal: null } : { expression: true, text };
}

/** The value of a literal. That of a string comes as it stands between its quotes. */
function stringOf(node: { type?: string; value?: unknown } | undefined): string | undefined {
  const text = textOf(node?.value);
  if (text === undefined) return undefined;
  switch (node?.type) {
    case 'single_quote_string':
    case 'string':
      return stringValue(`'${text}'`, 0, text.length + 2, {});
    case 'double_quote_string':
      return stringValue(`"${text}"`, 0, text.length + 2, {});
    default:
      return text;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}
