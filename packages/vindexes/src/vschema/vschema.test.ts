import { TabletType } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { Type } from '@vitess-ts/sqltypes';
import {
  VSchema,
  columnOf,
  columnVindexOf,
  keyspaceFromJson,
  keyspaceToJson,
  validateKeyspace,
} from '../index';
import { srvVSchemaFromJson, srvVSchemaToJson } from '../index';

const customer = {
  sharded: true,
  vindexes: { hash: { type: 'hash' }, email: { type: 'xxhash' }, nothing: { type: 'null', owner: 'corder' } },
  tables: {
    customer: {
      column_vindexes: [{ column: 'customer_id', name: 'hash' }],
      auto_increment: { column: 'customer_id', sequence: 'product.customer_seq' },
      columns: [{ name: 'email', type: 'VARCHAR', collation_name: 'utf8mb4_bin' }],
    },
    corder: {
      column_vindexes: [
        { columns: ['customer_id'], name: 'hash' },
        { column: 'sku', name: 'nothing' },
        { column: 'email', name: 'email' },
      ],
    },
    product: { type: 'reference', source: 'product.product' },
    pinned: { pinned: '80' },
  },
};
const product = { tables: { product: {}, customer_seq: { type: 'sequence' }, t: {} } };

function vschema(keyspaces: Record<string, unknown>, rules: unknown[] = []): VSchema {
  return VSchema.build(srvVSchemaFromJson({ keyspaces, routing_rules: { rules } }));
}
const both = (): VSchema => vschema({ customer, product });

function errorOf(keyspace: unknown, others: Record<string, unknown> = {}): string | undefined {
  return vschema({ ks: keyspace, ...others }).keyspaces.get('ks')?.error?.message;
}

test('builds tables with their vindexes, the primary first, the others by cost', () => {
  const table = both().findTable('customer', 'corder');
  expect(table.columnVindexes.map((v) => [v.vindex.name, v.columns, v.isPrimary, v.owned, v.cost])).toEqual([
    ['hash', ['customer_id'], true, false, 1],
    ['email', ['email'], false, false, 1],
    ['nothing', ['sku'], false, true, 100],
  ]);
  expect(columnVindexOf(table, 'EMAIL')?.vindex.type).toBe('xxhash');
  expect(columnVindexOf(table, 'price')).toBeUndefined();
});

test('sequences, columns, pins and sources', () => {
  const v = both();
  const table = v.findTable('customer', 'customer');
  expect(table.autoIncrement).toEqual({
    column: 'customer_id',
    sequence: { keyspace: 'product', name: 'customer_seq' },
  });
  expect(columnOf(table, 'Email')).toMatchObject({ type: Type.VARCHAR, collation: 'utf8mb4_bin' });
  expect(v.findTable('customer', 'pinned').pinned).toEqual(Buffer.from([0x80]));
  expect(v.findTable('customer', 'product')).toMatchObject({
    type: 'reference',
    source: { keyspace: 'product', name: 'product' },
  });
});

test('finds unqualified tables over keyspaces', () => {
  const v = both();
  expect(v.findTable(undefined, 'corder').keyspace.name).toBe('customer');
  expect(v.findTable('', 't').keyspace.name).toBe('product');
  // A reference table and its source are one: the source takes writes.
  expect(v.findTable(undefined, 'product').keyspace.name).toBe('product');
  expect(() => v.findTable(undefined, 'nope')).toThrow(
    expect.objectContaining({ id: 'VT05004', errno: 1146 }),
  );
  const twice = vschema({ a: product, b: { tables: { t: {} } } });
  expect(() => twice.findTable(undefined, 't')).toThrow(
    /ambiguous table reference: t is in the keyspaces a, b/,
  );
  const explicit = vschema({ a: product, b: { require_explicit_routing: true, tables: { t: {} } } });
  expect(explicit.findTable(undefined, 't').keyspace.name).toBe('a');
  expect(explicit.findTable('b', 't').keyspace.name).toBe('b');
});

test('an unsharded keyspace takes any table, a sharded one only its own', () => {
  const v = both();
  expect(v.findTable('product', 'anything')).toMatchObject({ isImplicit: true, name: 'anything' });
  expect(() => v.findTable('customer', 'anything')).toThrow(
    expect.objectContaining({ id: 'VT05005', sqlstate: '42S02' }),
  );
  expect(vschema({ product }).findTable(undefined, 'anything').keyspace.name).toBe('product');
  expect(() => v.findTable('nope', 't')).toThrow(expect.objectContaining({ id: 'VT05003', errno: 1049 }));
});

test('finds vindexes', () => {
  const v = both();
  expect(v.findVindex('customer', 'hash')?.type).toBe('hash');
  expect(v.findVindex(undefined, 'email')?.type).toBe('xxhash');
  expect(v.findVindex(undefined, 'nope')).toBeUndefined();
  expect(() => vschema({ a: customer, b: customer, product }).findVindex(undefined, 'hash')).toThrow(
    /ambiguous vindex/,
  );
});

test('routing rules send a name to another table, by tablet type', () => {
  const v = vschema({ customer, product }, [
    { from_table: 'corder', to_tables: ['product.corder'] },
    { from_table: 'customer.corder@replica', to_tables: ['product.corder2'] },
    { from_table: 'off', to_tables: [] },
    { from_table: 'two', to_tables: ['a.b', 'c.d'] },
    { from_table: 'plain', to_tables: ['b'] },
    { from_table: 'dup', to_tables: ['a.b'] },
    { from_table: 'dup', to_tables: ['a.b'] },
    { from_table: 'lost', to_tables: ['nope.b'] },
  ]);
  expect(v.findTable(undefined, 'corder').keyspace.name).toBe('product');
  expect(v.findTable('customer', 'corder').keyspace.name).toBe('customer');
  expect(v.findTable('customer', 'corder', TabletType.REPLICA).name).toBe('corder2');
  expect(() => v.findTable(undefined, 'off')).toThrow(/table off has been disabled/);
  expect(() => v.findTable(undefined, 'two')).toThrow(/more than one target: a.b, c.d/);
  expect(() => v.findTable(undefined, 'plain')).toThrow(/must be keyspace.table/);
  expect(() => v.findTable(undefined, 'dup')).toThrow(/duplicate rule/);
  expect(() => v.findTable(undefined, 'lost')).toThrow(/unknown database 'nope'/);
});

test.each([
  [{ sharded: true, tables: { t: {} } }, /missing primary col vindex for table: t/],
  [
    { sharded: true, tables: { s: { type: 'sequence' } } },
    /has to be in an unsharded keyspace or must be pinned: s/,
  ],
  [{ sharded: true, tables: { s: { type: 'sequence', pinned: '00' } } }, undefined],
  [{ tables: { t: { type: 'view' } } }, /unidentified table type view/],
  [{ sharded: true, vindexes: { x: { type: 'hsah' } } }, /vindexType "hsah" not found/],
  [{ sharded: true, vindexes: { x: { type: 'lookup' } } }, /vindex x: param 'from' is missing/],
  [
    { sharded: true, tables: { t: { column_vindexes: [{ column: 'c', name: 'x' }] } } },
    /vindex x not found for table t/,
  ],
  [{ sharded: true, tables: { t: { pinned: 'zz' } } }, /could not decode the keyspace id for pin of table t/],
  [{ tables: { t: { source: 'a.b' } } }, /may only be set on reference tables: t/],
  [{ tables: { t: { type: 'reference', source: 'b' } } }, /must be keyspace.table/],
  [{ tables: { t: { type: 'reference', source: 'ks.t' } } }, /may not be the table itself/],
  [{ tables: { t: { type: 'reference', source: 'x.t' } } }, /is in a keyspace that is not in the vschema/],
  [{ tables: { t: { columns: [{ name: 'A' }, { name: 'a' }] } } }, /duplicate column name 'a' for table: t/],
  [{ tables: { t: { column_list_authoritative: true } } }, /column_list_authoritative needs columns/],
  [{ tables: { t: { auto_increment: { column: 'a', sequence: 'nope.s' } } } }, /nope is not in the vschema/],
  [
    { tables: { t: { auto_increment: { column: 'a', sequence: 't' } } } },
    /its type in the vschema is not "sequence"/,
  ],
  [{ tables: { t: { auto_increment: { column: 'a', sequence: 'a.b.c' } } } }, /is not a table name/],
])('%j: %s', (keyspace, problem) => {
  const error = errorOf(keyspace);
  if (problem) expect(error).toMatch(problem);
  else expect(error).toBeUndefined();
});

test('a primary vindex must be unowned, and have columns said once', () => {
  const table = (columnVindex: unknown, owner = ''): string | undefined =>
    errorOf({
      sharded: true,
      vindexes: { h: { type: 'hash', owner } },
      tables: { t: { column_vindexes: [columnVindex] } },
    });
  expect(table({ column: 'a', name: 'h' })).toBeUndefined();
  expect(table({ column: 'a', name: 'h' }, 't')).toMatch(/primary vindex h cannot be owned for table t/);
  expect(table({ name: 'h' })).toMatch(/must specify at least one column/);
  expect(table({ column: 'a', columns: ['b'], name: 'h' })).toMatch(/can't use column and columns/);
});

test('a wrong keyspace leaves the others usable and says why each time', () => {
  const v = vschema({ bad: { sharded: true, tables: { t: {} } }, product });
  expect(v.findTable('product', 't').name).toBe('t');
  expect(() => v.findTable('bad', 't')).toThrow(/missing primary col vindex/);
});

test('validation reports errors and what has no effect', () => {
  const check = (json: unknown, others?: unknown): ReturnType<typeof validateKeyspace> =>
    validateKeyspace(
      'ks',
      keyspaceFromJson(json),
      others === undefined ? undefined : srvVSchemaFromJson(others),
    );
  expect(check(customer).errors).toEqual([]);
  expect(check(customer, {}).errors).toEqual([
    expect.stringMatching(/product is not in the vschema/) as string,
  ]);
  expect(check(customer, { keyspaces: { product } }).errors).toEqual([]);
  expect(check({ sharded: true, vindexes: { h: { type: 'hash', params: { tabel: 'x' } } } })).toEqual({
    errors: [],
    warnings: ["vindex h (hash): unknown param 'tabel'"],
  });
  expect(check({ vindexes: { h: { type: 'hash' } } }).warnings).toEqual([
    expect.stringMatching(/not sharded/) as string,
  ]);
});

test('JSON keeps names in both directions and refuses what it does not know', () => {
  expect(keyspaceToJson(keyspaceFromJson(JSON.stringify(customer)))).toEqual(customer);
  expect(
    keyspaceToJson(keyspaceFromJson({ foreignKeyMode: 'managed', requireExplicitRouting: true })),
  ).toEqual({
    foreign_key_mode: 'managed',
    require_explicit_routing: true,
  });
  const srv = srvVSchemaFromJson({ keyspaces: { customer, product } });
  expect(srvVSchemaFromJson(srvVSchemaToJson(srv))).toEqual(srv);
  expect(SrvVSchema.decode(SrvVSchema.encode(srv).finish())).toEqual(srv);
  for (const bad of [
    '{"shardd": true}',
    '{"sharded": 1}',
    '{"tables": []}',
    '{',
    '[]',
    '{"tables":{"t":{"columns":[{"type":"INTEGER"}]}}}',
  ]) {
    expect(() => keyspaceFromJson(bad)).toThrow(expect.objectContaining({ code: 3 }));
  }
  expect(() => keyspaceFromJson('{"shardd": true}')).toThrow(/shardd/);
});

test('a sequence or a source without its keyspace is the only table of that name', () => {
  const vschema = VSchema.build(
    srvVSchemaFromJson({
      keyspaces: {
        main: { tables: { seq: { type: 'sequence' }, ref: {} } },
        user: {
          sharded: true,
          vindexes: { hash: { type: 'hash' } },
          tables: {
            t: {
              column_vindexes: [{ column: 'id', name: 'hash' }],
              auto_increment: { column: 'id', sequence: 'seq' },
            },
            ref: { type: 'reference', source: 'main.ref' },
          },
        },
      },
    }),
  );
  expect(vschema.keyspace('user').tables.get('t')?.autoIncrement?.sequence).toEqual({
    keyspace: 'main',
    name: 'seq',
  });
});
