import { RowBatch, type Field, type Result, type Value } from '@vitess-ts/sqltypes';
import { isSchemaColumn, isSqlTextColumn, isSystemSchema, physicalSchema } from './schema-columns';

const PREFIX = Buffer.from('vt_');

/**
 * Puts keyspaces in the place of the servers' schema names in rows that come from system tables. `keyspaces` are all of
 * the cluster; other names stay.
 */
export function logicalRows(
  result: Result,
  columns: readonly NameColumn[],
  keyspaces: ReadonlySet<string>,
): Result {
  if (columns.length === 0 || result.rows.length === 0) return result;
  const rows = result.rows.rows().map((row) => {
    const copy = [...row];
    for (const { index, isText } of columns) {
      const value = copy[index];
      copy[index] = isText ? logicalText(value, keyspaces) : logicalName(value, keyspaces);
    }
    return copy;
  });
  return { ...result, rows: RowBatch.from(result.rows.columns, rows) };
}

/** A column of a result whose values name schemas: alone, or within SQL text. */
export interface NameColumn {
  index: number;
  isText: boolean;
}

/** `fields` are of a result that comes from system tables. Columns of UNION have no schema of their own. */
export function nameColumns(fields: readonly Field[]): NameColumn[] {
  return fields.flatMap((field, index): NameColumn[] => {
    const { database, orgName } = field;
    if (database !== '' && !isSystemSchema(database)) return [];
    if (isSqlTextColumn(orgName)) return [{ index, isText: true }];
    return isSchemaColumn(orgName) || orgName.toLowerCase() === 'schema_name'
      ? [{ index, isText: false }]
      : [];
  });
}

/** Puts the keyspace in front of the tables that the first column names, as in `vt_shop.product`. */
export function logicalTableNames(result: Result, keyspace: string): Result {
  const physical = `${physicalSchema(keyspace)}.`;
  const rename = (value: Value): Value => {
    const text = value?.toString('utf8');
    return text?.startsWith(physical) ? Buffer.from(`${keyspace}.${text.slice(physical.length)}`) : value;
  };
  const text = `'${physical}`;
  const rows = result.rows
    .rows()
    .map((row) =>
      row.map((value, i) =>
        i === 0
          ? rename(value)
          : value?.includes(text)
            ? Buffer.from(value.toString('utf8').replaceAll(text, `'${keyspace}.`))
            : value,
      ),
    );
  return { ...result, rows: RowBatch.from(result.rows.columns, rows) };
}

function logicalName(value: Value, keyspaces: ReadonlySet<string>): Value {
  if (value === null || !value.subarray(0, PREFIX.length).equals(PREFIX)) return value;
  const name = value.subarray(PREFIX.length);
  return keyspaces.has(name.toString('utf8')) ? name : value;
}

function logicalText(value: Value, keyspaces: ReadonlySet<string>): Value {
  if (value?.includes('`vt_') !== true) return value;
  const text = value.toString('utf8').replace(/`vt_((?:[^`]|``)+)`(?=\.)/g, (quoted, name: string) => {
    return keyspaces.has(name.replaceAll('``', '`')) ? `\`${name}\`` : quoted;
  });
  return Buffer.from(text);
}
