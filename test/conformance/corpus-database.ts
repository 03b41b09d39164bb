import { quoteName } from '@vitess-ts/sqlparser';
import { builtinVindexes } from '@vitess-ts/vindexes';
import type { ColumnJson, KeyspaceJson, TableJson, VSchemaJson } from './corpus-columns';
import { Rng } from '../differential/rng';

/** A table as both sides make and fill it. */
export interface CorpusTable {
  keyspace: string;
  name: string;
  columns: string[];
  create: string;
  /** Rows as SQL text, one INSERT a row. */
  inserts: string[];
  /** Every shard has all rows. */
  everywhere: boolean;
}

/** A keyspace as a cluster starts it. */
export interface CorpusKeyspace {
  name: string;
  sharded: boolean;
  vschema: KeyspaceJson;
  tables: CorpusTable[];
}

const ROWS = 14;
const SEED = 20260606;

/** Tables, rows and a vschema that runs, for the keyspaces of a corpus. */
export function corpusKeyspaces(vschema: VSchemaJson): CorpusKeyspace[] {
  return Object.entries(vschema.keyspaces ?? {}).map(([name, keyspace]) => {
    const sharded = keyspace.sharded === true;
    const tables = Object.entries(keyspace.tables ?? {})
      .map(([table, json]): [string, TableJson] => [table, json.type === 'sequence' ? sequence : json])
      .map(([table, json]): [string, TableJson] => [
        table,
        (json.columns ?? []).length > 0 ? json : justId(json),
      ]);
    const vindexes = sharded ? runnableVindexes(keyspace) : undefined;
    return {
      name,
      sharded,
      vschema: {
        ...(sharded ? { sharded, vindexes } : {}),
        ...(keyspace.require_explicit_routing ? { require_explicit_routing: true } : {}),
        tables: Object.fromEntries(
          tables.map(([table, json]) => [table, runnableTable(json, sharded, vindexes)]),
        ),
      },
      tables: tables.map(([table, json]) => corpusTable(name, table, json)),
    };
  });
}

/** A table of which no statement names a column. */
const justId = (table: TableJson): TableJson => ({ ...table, columns: [{ name: 'id', type: 'INT64' }] });

const sequence: TableJson = {
  type: 'sequence',
  key: ['id'],
  columns: ['id', 'next_id', 'cache'].map((name) => ({ name, type: 'INT64' })),
};

const ofSeveralColumns: ReadonlySet<string> = new Set([
  'multicol',
  'cfc',
  'region_experimental',
  'region_json',
]);
const isLookup = (type: string): boolean => type.includes('lookup');

/** Takes the place of vindexes that only tests have, and of look-ups that decide where rows lie. */
const standIn = 'any_value';

function runnableVindexes(keyspace: KeyspaceJson): Record<string, { type: string }> {
  const known = Object.entries(keyspace.vindexes ?? {})
    .filter(([, v]) => !isLookup(v.type) && !ofSeveralColumns.has(v.type))
    .map(([name, v]) => [name, { type: builtinVindexes.has(v.type) ? v.type : 'xxhash' }] as const);
  return Object.fromEntries([...known, [standIn, { type: 'xxhash' }]]);
}

/** Rows lie where the first vindex says; others of this corpus are made up, and would contradict it. */
function runnableTable(table: TableJson, sharded: boolean, known: KeyspaceJson['vindexes'] = {}): TableJson {
  const { type, source, pinned, column_vindexes: vindexes = [] } = table;
  if (type !== undefined && type !== '')
    return {
      type,
      ...(source === undefined ? {} : { source: source.includes('.') ? source : `main.${source}` }),
    };
  if (!sharded) return {};
  if (pinned !== undefined) return { pinned };
  const [first] = vindexes;
  if (first === undefined) return {};
  const [column] = first.column === undefined ? (first.columns ?? []) : [first.column];
  const info = table.columns?.find((c) => c.name.toLowerCase() === column.toLowerCase());
  const takesNumbers = known[first.name]?.type === 'hash';
  const fits =
    first.name in known && !(takesNumbers && /char|text/.test(info?.sqlType ?? sqlTypeOf(info?.type)));
  return { column_vindexes: [{ column, name: fits ? first.name : standIn }] };
}

function corpusTable(keyspace: string, name: string, table: TableJson): CorpusTable {
  const columns = table.columns ?? [];
  const key = table.key ?? [];
  const definitions = columns.map((c) => definitionOf(c, table));
  if (key.length > 0) definitions.push(`primary key (${key.map((k) => quoteName(k)).join(', ')})`);
  const comment = table.type === 'sequence' ? " comment 'vitess_sequence'" : '';
  const rng = new Rng(hashOf(name));
  const names = columns.map((c) => quoteName(c.name)).join(', ');
  const rows = table.type === 'sequence' ? [['0', '1', '100']] : rowsOf(columns, table, rng);
  return {
    keyspace,
    name,
    columns: columns.map((c) => c.name),
    create: `create table ${quoteName(name)} (${definitions.join(', ')})${comment}`,
    inserts: rows.map((row) => `insert into ${quoteName(name)} (${names}) values (${row.join(', ')})`),
    everywhere: table.type === 'reference',
  };
}

const isKey = (column: ColumnJson, table: TableJson): boolean =>
  (table.key ?? []).some((k) => k.toLowerCase() === column.name.toLowerCase());

/** The first vindex of a table decides where a row lies: no row is without a value there. */
const isPrimary = (column: ColumnJson, table: TableJson): boolean => {
  const [first] = table.column_vindexes ?? [];
  const names = first?.column === undefined ? (first?.columns ?? []) : [first.column];
  return names.some((n) => n.toLowerCase() === column.name.toLowerCase());
};

function definitionOf(column: ColumnJson, table: TableJson): string {
  const type = column.sqlType ?? sqlTypeOf(column.type);
  const notNull = column.notNull === true || isKey(column, table) ? ' not null' : '';
  return `${quoteName(column.name)} ${type}${notNull}${column.invisible ? ' invisible' : ''}`;
}

function sqlTypeOf(type = 'VARCHAR'): string {
  switch (type) {
    case 'INT64':
      return 'bigint';
    case 'INT16':
      return 'smallint';
    case 'INT32':
      return 'int';
    case 'DECIMAL':
      return 'decimal(12,2)';
    case 'CHAR':
      return 'char(60)';
    case 'VARCHAR':
      return 'varchar(255)';
    default:
      return type.toLowerCase();
  }
}

const numbers = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '42', '-3', 'null', '0', '100'];
const texts = ['1', '2', '3', '5', 'foo', 'bar', 'a', 'b', 'aa', 'test', 'toto', '10', null, 'c d', '']
  .map((t) => (t === null ? 'null' : `'${t}'`)); // prettier-ignore

function rowsOf(columns: readonly ColumnJson[], table: TableJson, rng: Rng): string[][] {
  const distinct = new Map(columns.filter((c) => ordered.test(c.name)).map((c) => [c, permuted(c, rng)]));
  return Array.from({ length: ROWS }, (_, i) =>
    columns.map((column) => {
      const free = !isKey(column, table) && !isPrimary(column, table);
      return (free ? distinct.get(column)?.[i] : undefined) ?? valueOf(column, table, i, rng);
    }),
  );
}

/** Columns that windows are ordered by: without equal values every row's place is certain. */
const ordered = /^(id|intcol|name)$/i;

function permuted(column: ColumnJson, rng: Rng): string[] {
  const isText = /char|text/.test(column.sqlType ?? sqlTypeOf(column.type));
  const values = (isText ? texts : numbers).filter((v) => v !== 'null' || column.notNull !== true);
  return rng.some(values, values.length, values.length);
}

function valueOf(column: ColumnJson, table: TableJson, i: number, rng: Rng): string {
  const type = column.sqlType ?? sqlTypeOf(column.type);
  const isText = /char|text/.test(type);
  const key = isKey(column, table);
  if (key || isPrimary(column, table)) {
    // With a key of several columns the last one alone keeps the rows apart.
    const isLast = (table.key ?? []).at(-1)?.toLowerCase() === column.name.toLowerCase();
    const n = !key || !isLast ? rng.int(1, 9) : i + 1;
    return isText ? `'${['foo', 'bar', 'a', 'b'][n] ?? n}'` : String(n);
  }
  if (/int|decimal|float|double/.test(type)) return pick(numbers, column, rng);
  if (/^date$/.test(type)) return `'2020-01-0${rng.int(1, 9)}'`;
  if (/^(datetime|timestamp)/.test(type)) return `'2020-01-0${rng.int(1, 9)} 10:00:00'`;
  if (/binary|blob/.test(type)) return `x'0${rng.int(1, 9)}'`;
  if (/json/.test(type)) return `'{"a": ${rng.int(1, 9)}}'`;
  return pick(texts, column, rng);
}

function pick(values: readonly string[], column: ColumnJson, rng: Rng): string {
  const value = rng.pick(values);
  return value === 'null' && column.notNull === true ? values[0] : value;
}

const hashOf = (name: string): number => [...name].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, SEED);
