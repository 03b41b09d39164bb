import { Rng } from './rng';
import { selectTables } from './selects/tables';
import { textLiteral, textTables } from './text-tables';

/** What a generated expression may do with a column. */
export type ColumnClass =
  'integer' | 'decimal' | 'text' | 'date' | 'double' | 'float' | 'time' | 'enum' | 'binary';

export interface ColumnSpec {
  name: string;
  definition: string;
  class: ColumnClass;
  /** Makes the value in row `i`, as SQL; without it the class decides. */
  literal?: (rng: Rng, i: number) => string;
}

export interface TableSpec {
  name: string;
  columns: ColumnSpec[];
  /** Column of the primary vindex; absent for the reference table. */
  vindexColumn?: string;
  vindex?: string;
  /** Columns that together name a row. */
  key: string[];
  rows: number;
}

const column = (name: string, definition: string, columnClass: ColumnClass): ColumnSpec => ({
  name,
  definition,
  class: columnClass,
});

/**
 * Users, their orders (same vindex value, so that joins stay in a shard), notes spread by another column, and a small
 * table that every shard has whole.
 */
export const tables: TableSpec[] = [
  {
    name: 'users',
    columns: [
      column('id', 'bigint not null', 'integer'),
      column('name', 'varchar(40) not null', 'text'),
      column('city', 'varchar(20)', 'text'),
      column('score', 'int', 'integer'),
      column('balance', 'decimal(12,3)', 'decimal'),
      column('born', 'date', 'date'),
      column('ratio', 'double', 'double'),
    ],
    vindexColumn: 'id',
    vindex: 'hash',
    key: ['id'],
    rows: 120,
  },
  {
    name: 'orders',
    columns: [
      column('id', 'bigint not null', 'integer'),
      column('user_id', 'bigint not null', 'integer'),
      column('item', 'varchar(20) character set utf8mb4 collate utf8mb4_bin', 'text'),
      column('amount', 'decimal(10,2) not null', 'decimal'),
      column('qty', 'smallint unsigned', 'integer'),
      column('placed', 'datetime(3)', 'date'),
    ],
    vindexColumn: 'user_id',
    vindex: 'hash',
    key: ['id'],
    rows: 200,
  },
  {
    name: 'notes',
    columns: [
      column('id', 'bigint not null', 'integer'),
      column('tag', 'varchar(20) not null', 'text'),
      column('user_id', 'bigint', 'integer'),
      column('weight', 'int not null', 'integer'),
    ],
    vindexColumn: 'id',
    vindex: 'xxhash',
    key: ['id'],
    rows: 90,
  },
  {
    name: 'cities',
    columns: [
      column('code', 'varchar(20) not null', 'text'),
      column('country', 'varchar(20)', 'text'),
      column('people', 'bigint', 'integer'),
    ],
    key: ['code'],
    rows: 8,
  },
];

/** With those that only kinds on text, and generated SELECTs, use. */
export const allTables: TableSpec[] = [...tables, ...textTables, ...selectTables];

export function createTable(table: TableSpec): string {
  const columns = table.columns.map((c) => `${c.name} ${c.definition}`);
  return `create table ${table.name} (${[...columns, `primary key (${table.key.join(', ')})`].join(', ')})`;
}

export function vschema(): object {
  return {
    sharded: true,
    vindexes: { hash: { type: 'hash' }, xxhash: { type: 'xxhash' }, loose: { type: 'unicode_loose_md5' } },
    tables: Object.fromEntries(
      allTables.map((t) => [
        t.name,
        t.vindexColumn === undefined
          ? { type: 'reference' }
          : { column_vindexes: [{ column: t.vindexColumn, name: t.vindex }] },
      ]),
    ),
  };
}

const cityCodes = ['ams', 'ber', 'Cph', 'dub', 'Édi', 'fra', 'gva', 'hel'];
const names = ['Anna', 'anna', 'Bela', 'böb', 'Bob', 'Čenek', 'cenek', 'dan ', 'Dan', 'Zoe', 'zoë', ''];
const items = ['ale', 'Ale', 'bun', 'cup', 'CUP', 'dye', 'egg', ''];

/** Text of a value for a column, as SQL. */
export function randomValue(rng: Rng, table: TableSpec, c: ColumnSpec): string {
  if (!c.definition.includes('not null') && rng.chance(0.15)) return 'null';
  switch (c.class) {
    case 'integer':
      return String(
        c.name === 'user_id' ? rng.int(1, 140) : rng.int(c.definition.includes('unsigned') ? 0 : -20, 60),
      );
    case 'decimal':
      return `${rng.chance(0.2) ? '-' : ''}${rng.int(0, 900)}.${String(rng.int(0, 99)).padStart(2, '0')}`;
    case 'double':
      return rng.pick(['0.1', '2.5', '-1.25e-3', '1e10', '3.14159', '100']);
    case 'date':
      return c.definition.startsWith('datetime')
        ? `'20${rng.int(10, 25)}-0${rng.int(1, 9)}-1${rng.int(0, 9)} 0${rng.int(0, 9)}:3${rng.int(0, 9)}:00.${rng.int(100, 999)}'`
        : `'19${rng.int(50, 99)}-0${rng.int(1, 9)}-1${rng.int(0, 9)}'`;
    default:
      return `'${rng.pick(table.name === 'orders' ? items : c.name === 'city' || c.name === 'code' ? cityCodes : names)}'`;
  }
}

/** INSERT statements that fill all tables, the same for a seed. */
export function insertRows(seed: number): string[] {
  const rng = new Rng(seed);
  return allTables.map((table) => {
    const rows: string[] = [];
    for (let i = 1; i <= table.rows; i++) {
      const values = table.columns.map((c) => {
        if (c.literal !== undefined) return c.literal(rng, i);
        if (textTables.includes(table) && c.name === table.vindexColumn) return textLiteral(rng, table);
        if (c.name === 'code') return `'${cityCodes[i - 1]}'`;
        return table.key.includes(c.name) ? String(i) : randomValue(rng, table, c);
      });
      rows.push(`(${values.join(', ')})`);
    }
    const columns = table.columns.map((c) => c.name).join(', ');
    return `insert into ${table.name} (${columns}) values ${rows.join(', ')}`;
  });
}
