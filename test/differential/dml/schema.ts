/** Tables of the DML runs. A single MariaDB has those of `tables`; a sharded keyspace those of `lookupTables` as well. */
export const tables: Readonly<Record<string, string>> = {
  acct: `create table acct (
    id bigint not null,
    email varchar(40) default null,
    code int not null default 7,
    name varchar(30) not null default 'nobody',
    amount int not null default 0,
    note varchar(30) default null,
    primary key (id),
    unique key email (email)
  )`,
  item: `create table item (
    id bigint not null,
    owner bigint not null,
    sku varchar(20) default null,
    qty int not null default 1,
    primary key (id),
    key owner (owner)
  )`,
  notes: `create table notes (owner bigint not null, txt varchar(20), n int)`,
  rates: `create table rates (k int not null primary key, v int not null)`,
  ticket: `create table ticket (id bigint not null auto_increment, owner bigint not null, v int, primary key (id))`,
};

/** The rows of each table in an order of their own. */
export const orders: Readonly<Record<string, string>> = {
  acct: 'id',
  item: 'id',
  notes: 'owner, txt, n',
  rates: 'k',
  ticket: 'id',
};

/** Gives out the ids of `ticket` in sharded keyspaces; it lies in the keyspace with one shard. */
export const sequenceOf = (keyspace: string): string => `${keyspace}_ticket_seq`;
export const createSequence = (name: string): string =>
  `create table ${name} (id bigint, next_id bigint, cache bigint, primary key (id)) comment 'vitess_sequence'`;

export const lookupTables: Readonly<Record<string, string>> = {
  email_idx: `create table email_idx (email varchar(40) not null primary key, keyspace_id varbinary(16))`,
  code_idx: `create table code_idx (code int not null, keyspace_id varbinary(16) not null, primary key (code, keyspace_id))`,
  item_idx: `create table item_idx (id bigint not null primary key, keyspace_id varbinary(16))`,
  sku_idx: `create table sku_idx (sku varchar(20) not null, keyspace_id varbinary(16) not null, primary key (sku, keyspace_id))`,
};

export function dmlVSchema(sequence: string): object {
  const lookup = (type: string, table: string, from: string, owner: string, more = {}): object => ({
    type,
    params: { table, from, to: 'keyspace_id', ...more },
    owner,
  });
  const on = (column: string, name: string): object => ({ column, name });
  return {
    sharded: true,
    vindexes: {
      hash: { type: 'hash' },
      loose: { type: 'unicode_loose_xxhash' },
      email_vdx: lookup('consistent_lookup_unique', 'email_idx', 'email', 'acct', { ignore_nulls: 'true' }),
      code_vdx: lookup('consistent_lookup', 'code_idx', 'code', 'acct'),
      item_vdx: lookup('lookup_unique', 'item_idx', 'id', 'item'),
      sku_vdx: lookup('lookup', 'sku_idx', 'sku', 'item', { ignore_nulls: 'true' }),
    },
    tables: {
      acct: { column_vindexes: [on('id', 'hash'), on('email', 'email_vdx'), on('code', 'code_vdx')] },
      item: { column_vindexes: [on('owner', 'hash'), on('id', 'item_vdx'), on('sku', 'sku_vdx')] },
      notes: { column_vindexes: [on('owner', 'hash')] },
      rates: { type: 'reference' },
      ticket: { column_vindexes: [on('owner', 'hash')], auto_increment: { column: 'id', sequence } },
      email_idx: { column_vindexes: [on('email', 'loose')] },
      code_idx: { column_vindexes: [on('code', 'hash')] },
      item_idx: { column_vindexes: [on('id', 'hash')] },
      sku_idx: { column_vindexes: [on('sku', 'loose')] },
    },
  };
}
