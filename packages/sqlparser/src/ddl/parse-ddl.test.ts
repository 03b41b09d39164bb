import { VtError } from '@vitess-ts/vterrors';
import { parseAlterTable, parseCreateIndex, parseCreateTable, parseSequence } from './parse-ddl';

describe('parseCreateTable', () => {
  const table = parseCreateTable(`
    create table if not exists ks.\`order\` (
      \`timestamp\` bigint(20) unsigned not null auto_increment comment 'it''s',
      name varchar(64) character set utf8mb4 collate utf8mb4_bin default 'a',
      price decimal(10,2) not null default 0.00,
      state enum('a','b''c') default null,
      at timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
      twice int generated always as (price * 2) stored,
      flag bool not null,
      code int unique,
      primary key (\`timestamp\`),
      unique key uk (name(10) desc, code),
      key (price),
      constraint fk foreign key (code) references other (id),
      check (price > 0)
    ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_general_ci comment='vitess_sequence'`);

  it('reads columns', () => {
    expect(table.table).toEqual({ keyspace: 'ks', name: 'order' });
    expect(table.columns).toMatchObject([
      {
        name: 'timestamp',
        type: 'bigint(20) unsigned',
        typeName: 'bigint',
        unsigned: true,
        nullable: false,
        autoIncrement: true,
        comment: "it's",
      },
      {
        name: 'name',
        type: 'varchar(64)',
        length: 64,
        charset: 'utf8mb4',
        collation: 'utf8mb4_bin',
        nullable: true,
        default: { literal: 'a' },
      },
      {
        name: 'price',
        type: 'decimal(10,2)',
        length: 10,
        scale: 2,
        nullable: false,
        default: { literal: '0.00' },
      },
      { name: 'state', type: "enum('a','b''c')", values: ['a', "b'c"], default: { literal: null } },
      { name: 'at', type: 'timestamp(6)', onUpdateNow: true, default: { expression: true } },
      { name: 'twice', generated: 'stored' },
      { name: 'flag', type: 'boolean', nullable: false },
      { name: 'code', nullable: true },
    ]);
  });

  it('reads keys and options', () => {
    expect(table.keys).toEqual([
      { type: 'unique', name: 'code', columns: [{ name: 'code', desc: false }] },
      { type: 'primary', columns: [{ name: 'timestamp', desc: false }] },
      {
        type: 'unique',
        name: 'uk',
        columns: [
          { name: 'name', length: 10, desc: true },
          { name: 'code', desc: false },
        ],
      },
      { type: 'index', columns: [{ name: 'price', desc: false }] },
      {
        type: 'foreign',
        name: 'fk',
        columns: [{ name: 'code', desc: false }],
        references: { table: { name: 'other' }, columns: ['id'] },
      },
    ]);
    expect(table).toMatchObject({
      charset: 'utf8mb4',
      collation: 'utf8mb4_general_ci',
      comment: 'vitess_sequence',
    });
  });

  it('makes the columns of a primary key NOT NULL', () => {
    expect(
      parseCreateTable('create table t (a int primary key, b int)').columns.map((c) => c.nullable),
    ).toEqual([false, true]);
    expect(parseCreateTable('create table t (a int, primary key (A))').columns[0].nullable).toBe(false);
  });

  it('says what to do about syntax that it does not know', () => {
    expect(() => parseCreateTable('create table t (a int frobnicate)')).toThrow(VtError);
    expect(() => parseCreateTable('create table t (a int frobnicate)')).toThrow(/information_schema/);
    expect(() => parseCreateTable('drop table t')).toThrow(/no CREATE TABLE/);
  });
});

describe('parseAlterTable', () => {
  it('reads actions', () => {
    expect(
      parseAlterTable(
        'alter table t add column a int not null after b, drop column c, modify d varchar(10), change e f int, add index i (a), add unique u (b), drop index x, drop primary key, rename column q to r, rename to t2',
      ),
    ).toMatchObject([
      { action: 'add column', column: { name: 'a', nullable: false } },
      { action: 'drop column', name: 'c' },
      { action: 'modify column', column: { name: 'd', type: 'varchar(10)' } },
      { action: 'change column', from: 'e', column: { name: 'f' } },
      { action: 'add key', key: { type: 'index', name: 'i' } },
      { action: 'add key', key: { type: 'unique', name: 'u' } },
      { action: 'drop key', type: 'index', name: 'x' },
      { action: 'drop key', type: 'primary' },
      { action: 'rename column', from: 'q', to: 'r' },
      { action: 'rename table', to: { name: 't2' } },
    ]);
  });
});

describe('what servers differ in', () => {
  it('reads MySQL keys, checks and columns', () => {
    const table = parseCreateTable(
      'create table t (a int, b json, c int srid 4326 storage disk column_format fixed, key f ((a + 1), b) invisible, ' +
        'constraint c1 check (a > 1) not enforced, e int generated always as (a + 1) stored not null) ' +
        "engine_attribute='{}' start transaction",
    );
    expect(table.keys).toMatchObject([
      { name: 'f', visible: false, columns: [{ expr: { text: 'a + 1' } }, { name: 'b' }] },
    ]);
    expect(table.checks).toMatchObject([{ name: 'c1', enforced: false, condition: { text: 'a > 1' } }]);
    expect(table.columns[3]).toMatchObject({
      generated: 'stored',
      generatedAs: { text: 'a + 1' },
      nullable: false,
    });
    expect(
      parseAlterTable(
        'alter table t alter index i invisible, alter column c set visible, alter check c1 enforced, ' +
          'import partition p1, p2 tablespace, with validation',
      ),
    ).toEqual([
      { action: 'alter visibility', object: 'key', name: 'i', visible: false },
      { action: 'alter visibility', object: 'column', name: 'c', visible: true },
      { action: 'alter check', name: 'c1', enforced: true },
      { action: 'partition tablespace', operation: 'import', names: ['p1', 'p2'] },
      { action: 'validation', enabled: true },
    ]);
  });

  it('reads partitions with their bounds as expressions', () => {
    const { partitioning } = parseCreateTable(
      'create table t (a date) partition by range (to_days(a)) (partition p0 values less than (to_days("2020-01-01")), ' +
        'partition p1 values less than maxvalue)',
    );
    expect(partitioning).toMatchObject({
      method: 'range',
      expr: { text: 'to_days(a)', expr: { kind: 'function', name: 'to_days' } },
      partitions: [
        { name: 'p0', values: { type: 'less than', bounds: [{ expr: { kind: 'function' } }] } },
        { name: 'p1', values: { type: 'less than', bounds: ['maxvalue'] } },
      ],
    });
  });

  it('reads indexes and sequences', () => {
    expect(
      parseCreateIndex(
        'create unique index if not exists i using btree on ks.t (a(5), b desc) comment "x" lock=none',
      ),
    ).toEqual({
      table: { keyspace: 'ks', name: 't' },
      key: {
        type: 'unique',
        name: 'i',
        using: 'btree',
        columns: [
          { name: 'a', length: 5, desc: false },
          { name: 'b', desc: true },
        ],
        comment: 'x',
      },
      orReplace: false,
      ifNotExists: true,
      options: [{ name: 'LOCK', value: 'none' }],
    });
    expect(
      parseSequence(
        'create or replace sequence s start with 100 increment by -5 minvalue=-9 no maxvalue nocache cycle engine=innodb',
      ),
    ).toMatchObject({
      sequence: { name: 's' },
      start: 100n,
      increment: -5n,
      minValue: -9n,
      maxValue: null,
      cache: null,
      cycle: true,
      options: [{ name: 'ENGINE', value: 'innodb' }],
    });
    expect(parseSequence('alter sequence if exists s restart 5 no cycle')).toMatchObject({
      action: 'alter',
      conditional: true,
      restart: 5n,
      cycle: false,
    });
  });
});
