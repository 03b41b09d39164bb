import { VtError } from '@vitess-ts/vterrors';
import { parseAlterTable, parseCreateTable } from './parse-ddl';

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
