import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { parseAlterTable, parseCreateTable } from './parse-ddl';

/** Column definitions, for a column named as given. */
const columns = [
  'a int',
  'a tinyint unsigned not null',
  'a bool default true',
  'a boolean not null',
  'a bigint(20) unsigned not null auto_increment primary key',
  'a serial',
  'a int1',
  'a int2 not null',
  'a int3',
  'a middleint',
  'a int4 zerofill',
  'a int8 signed',
  'a dec(5,2) default 1.50',
  'a fixed(4)',
  'a numeric(6,3) not null default 0',
  'a real',
  'a double precision',
  'a float4',
  'a float8',
  'a float(7,3)',
  "a bit(5) default b'101'",
  'a year default 2024',
  "a date not null default '2020-01-01'",
  'a time(3)',
  'a datetime(6) default current_timestamp(6) on update current_timestamp(6)',
  'a datetime on update now()',
  'a datetime default null on update current_timestamp',
  'a timestamp not null default now()',
  'a timestamp null',
  'a char',
  'a character(3)',
  'a national char(4)',
  'a nchar(4)',
  'a national varchar(5)',
  'a varcharacter(5)',
  'a character varying(5)',
  "a varchar(10) character set latin1 collate latin1_bin default 'x'",
  "a varchar(10) charset utf8mb4 not null default 'it''s'",
  'a varchar(10) compressed',
  'a tinytext',
  'a text(100)',
  "a text not null default (concat('a', 'b'))",
  'a longtext',
  'a long varchar',
  'a blob(5)',
  'a mediumblob',
  'a binary(3)',
  'a varbinary(5)',
  "a enum('a','b''c') not null default 'a'",
  "a set('x','y')",
  'a json',
  'a point not null',
  'a geometry',
  'a linestring',
  'a polygon',
  'a multipoint',
  'a multilinestring',
  'a multipolygon',
  'a geometrycollection',
  'a inet4',
  'a inet6 not null',
  'a uuid default uuid()',
  'a int default (1 + 2)',
  'a int default -5',
  "a varchar(40) default concat('a', ')')",
  'a int, b int invisible',
  "a int comment 'x, (y'",
  'a int check (a > 0)',
  'a int unique',
  'a int unique key not null',
  'a int key',
  "a int default 1 /*!50700 comment 'c' */",
  'a int, b int as (a + 1) persistent',
  'a int, b int generated always as (a * 2) virtual',
  'a int, b int as (a) stored unique',
  'a int, key k (a desc)',
  "a varchar(30), index i using btree (a(10)) comment 'x'",
  'a int, b int, constraint c unique u (a, b)',
  'a int, constraint p primary key (a)',
  'a int not null, b varchar(20), fulltext (b)',
  '`dec` int, `uuid` int, `order` int',
  'fixed int, uuid uuid, inet6 int',
];

const tails = [
  "engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin comment='a (b)'",
  'engine = aria page_checksum=1 transactional=0',
  'partition by hash(a) partitions 4',
  'default character set latin1 row_format=dynamic key_block_size=0',
  '/*!50100 engine=innodb */',
  'with system versioning',
];

/** Type names that information_schema has other words for. */
const dataTypes: Record<string, string> = { boolean: 'tinyint', json: 'longtext' };

describe('parseCreateTable on MariaDB', () => {
  let mariadb: TestMariadb;

  beforeAll(async () => {
    mariadb = await startMariadb();
    await mariadb.sql('create database ddl');
    await mariadb.sql('use ddl');
  }, 60_000);

  afterAll(() => mariadb?.stop());

  const described = async (table: string): Promise<unknown[]> => {
    const rows = await mariadb.rows(
      'select column_name, data_type, is_nullable, extra, column_default is not null, generation_expression ' +
        `from information_schema.columns where table_schema = 'ddl' and table_name = '${table}' order by ordinal_position`,
    );
    return rows.map(([name, type, nullable, extra, hasDefault, generation]) => ({
      name,
      type,
      nullable: nullable === 'YES',
      autoIncrement: extra?.includes('auto_increment') ?? false,
      onUpdateNow: /on update/i.test(extra ?? ''),
      // a nullable column has the default NULL
      hasDefault: hasDefault === '1' && nullable !== 'YES',
      generated: generation !== null,
    }));
  };

  const read = (sql: string): unknown[] =>
    parseCreateTable(sql, { flavor: 'mariadb' }).columns.map((column) => ({
      name: column.name,
      type: dataTypes[column.typeName] ?? column.typeName,
      nullable: column.nullable,
      autoIncrement: column.autoIncrement,
      onUpdateNow: column.onUpdateNow,
      hasDefault: column.default !== undefined && !column.nullable,
      generated: column.generated !== undefined,
    }));

  it.each([
    ...columns.map((definition) => `create table t (${definition})`),
    ...tails.map((tail) => `create table t (a int not null, b varchar(5)) ${tail}`),
  ])('%s', async (sql) => {
    await mariadb.sql(sql);
    try {
      expect(read(sql)).toEqual(await described('t'));
    } finally {
      await mariadb.sql('drop table t');
    }
  });

  it('gives the text of default expressions', () => {
    const { columns: read } = parseCreateTable(
      "create table t (a int default (1 + (2)), b varchar(9) default concat('a', ')'), c datetime default now(6) on update now(6), d int default -5, e int default null)",
    );
    expect(read.map((column) => column.default)).toEqual([
      { expression: true, text: '(1 + (2))' },
      { expression: true, text: "concat('a', ')')" },
      { expression: true, text: 'now(6)' },
      { literal: '-5' },
      { literal: null },
    ]);
  });

  it('reads names that are spelt like types', async () => {
    await mariadb.sql('create table n (a int, b int)');
    const sql =
      'alter table n change a bool int, change column b fixed dec(5,1), add column if not exists uuid uuid';
    await mariadb.sql(sql);
    expect(parseAlterTable(sql, { flavor: 'mariadb' })).toMatchObject([
      { action: 'change column', from: 'a', column: { name: 'bool', typeName: 'int' } },
      { action: 'change column', from: 'b', column: { name: 'fixed', typeName: 'decimal' } },
      { action: 'add column', column: { name: 'uuid', typeName: 'uuid' } },
    ]);
  });
});
