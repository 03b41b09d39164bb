import { TabletType } from '@vitess-ts/proto/topodata';
import { GetSchemaResponse } from '@vitess-ts/proto/query';
import type { SchemaTableType, Target } from '@vitess-ts/proto/query';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import type { CallContext, QueryService } from '@vitess-ts/queryservice';
import { Type } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { FakeGraph, FakeHealth, until } from '../gateway/fake-discovery.contract';
import { TabletGateway } from '../gateway/tablet-gateway';
import { SchemaManager } from './schema-manager';

const { signal } = new AbortController();

/** Tables of one shard: name -> column name -> full type. */
type Tables = Record<string, Record<string, string>>;

/** A tablet that knows its tables. */
class SchemaTablet {
  readonly reads: string[][] = [];
  failure?: Error;

  constructor(public tables: Tables) {}

  async *getSchema(
    _ctx: CallContext,
    _target: Target,
    _type: SchemaTableType,
    names: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    this.reads.push([...names]);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    for (const [name, columns] of Object.entries(this.tables)) {
      if (names.length > 0 && !names.includes(name)) continue;
      yield GetSchemaResponse.fromPartial({
        tableDefinition: { [name]: `create table ${name}` },
        tables: {
          [name]: {
            columns: Object.entries(columns).map(([column, columnType]) => ({
              name: column,
              columnType,
              type: columnType.startsWith('varchar') ? Type.VARCHAR : Type.INT64,
              collationName: columnType.startsWith('varchar') ? 'utf8mb4_general_ci' : '',
              nullable: column !== 'id',
            })),
            primaryKey: ['id'],
            comment: name.endsWith('_seq') ? 'vitess_sequence' : '',
          },
        },
      });
    }
  }

  get service(): QueryService {
    return this as unknown as QueryService;
  }
}

const sharded = SrvVSchema.fromPartial({
  keyspaces: {
    customer: {
      sharded: true,
      vindexes: { hash: { type: 'hash' } },
      tables: { orders: { columnVindexes: [{ name: 'hash', columns: ['id'] }] } },
    },
    product: { sharded: false },
  },
});

describe('SchemaManager', () => {
  let graph: FakeGraph;
  let health: FakeHealth;
  let gateway: TabletGateway;
  let manager: SchemaManager;
  let errors: Error[];
  let product: SchemaTablet;
  let left: SchemaTablet;
  let right: SchemaTablet;

  const primary = (keyspace: string, shard: string): Target => ({
    keyspace,
    shard,
    tabletType: TabletType.PRIMARY,
    cell: '',
  });
  const columns = (keyspace: string, table: string): string[] =>
    manager
      .current()
      .vschema.findTable(keyspace, table)
      .columns.map((c) => c.name);
  const isWhole = (keyspace: string, table: string): boolean =>
    manager.current().vschema.findTable(keyspace, table).columnListAuthoritative;

  beforeEach(async () => {
    graph = new FakeGraph();
    graph.serve('customer', '-80', '80-');
    graph.serve('product', '0');
    graph.setVSchema(sharded);
    health = new FakeHealth();
    errors = [];
    const onError = (error: Error): void => void errors.push(error);
    gateway = new TabletGateway({ graph, health, namesIntervalMs: 5, onError });
    await gateway.start(signal);
    manager = new SchemaManager({
      graph,
      health,
      served: gateway,
      onError,
      debounceMs: 5,
      readTimeoutMs: 500,
    });
    product = new SchemaTablet({
      sku: { id: 'bigint(20)', name: 'varchar(20)' },
      sku_seq: { id: 'int(11)' },
    });
    left = new SchemaTablet({
      orders: { id: 'bigint(20)', price: 'bigint(20)' },
      extra: { id: 'bigint(20)' },
    });
    right = new SchemaTablet({ orders: { id: 'bigint(20)', price: 'bigint(20)' } });
  });

  afterEach(async () => {
    manager.stop();
    await gateway.stop();
  });

  async function startAll(): Promise<void> {
    health.set(1, primary('product', '0'), true, product.service);
    health.set(2, primary('customer', '-80'), true, left.service);
    health.set(3, primary('customer', '80-'), true, right.service);
    await manager.start(signal);
    await manager.tablesLoaded(signal);
  }

  it('puts the real columns into the tables', async () => {
    await startAll();
    const table = manager.current().vschema.findTable('product', 'sku');
    expect(table.columnListAuthoritative).toBe(true);
    expect(table.columns).toEqual([
      expect.objectContaining({ name: 'id', type: Type.INT64, nullable: false, collation: '' }),
      expect.objectContaining({
        name: 'name',
        type: Type.VARCHAR,
        size: 20,
        collation: 'utf8mb4_general_ci',
      }),
    ]);
    expect(columns('customer', 'orders')).toEqual(['id', 'price']);
    expect(isWhole('customer', 'orders')).toBe(true);
    expect(manager.tableSchema('customer', 'orders')?.primaryKey).toEqual(['id']);
  });

  it('adds tables to unsharded keyspaces only, and knows sequences by their comment', async () => {
    await startAll();
    const { vschema } = manager.current();
    expect(() => vschema.findTable('customer', 'extra')).toThrow(/extra/);
    expect(vschema.findTable('product', 'sku_seq').type).toBe('sequence');
  });

  it('reads only the tables that a primary says have changed', async () => {
    await startAll();
    const { version } = manager.current();
    product.tables = { sku: { id: 'bigint(20)', weight: 'bigint(20)' }, label: { id: 'bigint(20)' } };
    health.set(1, primary('product', '0'), true, product.service, { tablesChanged: ['sku', 'sku_seq'] });
    health.set(1, primary('product', '0'), true, product.service, { viewsChanged: ['label'] });
    await until(() => manager.current().version > version, 'the change is seen');
    expect(columns('product', 'sku')).toEqual(['id', 'weight']);
    expect(columns('product', 'label')).toEqual(['id']);
    expect(manager.current().vschema.findTable('product', 'sku_seq').isImplicit).toBe(true);
    expect(product.reads).toEqual([[], ['sku', 'sku_seq', 'label']]);
    expect(left.reads).toEqual([[]]);
  });

  it('keeps its version when nothing has changed', async () => {
    await startAll();
    const before = manager.current();
    await manager.refresh(['product', 'customer'], signal);
    expect(manager.current()).toBe(before);
  });

  it('trusts no list of columns while shards differ', async () => {
    await startAll();
    const { version } = manager.current();
    left.tables = { orders: { id: 'bigint(20)', price: 'varchar(10)', note: 'varchar(10)' } };
    health.set(2, primary('customer', '-80'), true, left.service, { tablesChanged: ['orders'] });
    await until(() => manager.current().version > version, 'the first shard has changed');
    expect(isWhole('customer', 'orders')).toBe(false);
    expect(columns('customer', 'orders')).toEqual(['id']);
    right.tables = left.tables;
    health.set(3, primary('customer', '80-'), true, right.service, { tablesChanged: ['orders'] });
    await until(() => isWhole('customer', 'orders'), 'both shards have changed');
    expect(columns('customer', 'orders')).toEqual(['id', 'price', 'note']);
  });

  it('has read everything again when a refresh resolves, whatever was under way', async () => {
    await startAll();
    product.tables = { sku: { id: 'bigint(20)', one: 'bigint(20)' } };
    const first = manager.refresh(['product'], signal);
    product.tables = { sku: { id: 'bigint(20)', two: 'bigint(20)' } };
    await manager.refresh(['product'], signal);
    expect(columns('product', 'sku')).toEqual(['id', 'two']);
    await first;
  });

  it('keeps the last known tables when reading fails, and tries again', async () => {
    await startAll();
    product.failure = new VtError(Code.UNAVAILABLE, 'tablet is away');
    product.tables = { sku: { id: 'bigint(20)', late: 'bigint(20)' } };
    await manager.refresh(['product'], signal);
    expect(errors.map((e) => e.message)).toContain('tablet is away');
    expect(columns('product', 'sku')).toEqual(['id', 'name']);
    product.failure = undefined;
    await until(() => columns('product', 'sku').includes('late'), 'it is read again');
  });

  it('reads everything from a new primary, and from a replica only while there is no primary', async () => {
    const replica = new SchemaTablet({ sku: { id: 'bigint(20)', old: 'bigint(20)' } });
    health.set(4, { ...primary('product', '0'), tabletType: TabletType.REPLICA }, true, replica.service);
    await manager.start(signal);
    await until(() => columns('product', 'sku').includes('old'), 'the replica has been read');
    health.set(1, primary('product', '0'), true, product.service);
    await until(() => columns('product', 'sku').includes('name'), 'the primary has been read');
    product.tables = { sku: { id: 'bigint(20)', newer: 'bigint(20)' } };
    health.set(1, primary('product', '0'), true, product.service, { primaryTermStart: 2 });
    await until(() => columns('product', 'sku').includes('newer'), 'a new term is read anew');
    expect(replica.reads).toEqual([[]]);
  });

  it('follows the vschema', async () => {
    await startAll();
    const { version } = manager.current();
    const changed = SrvVSchema.fromPartial(sharded);
    changed.keyspaces['customer'].tables['extra'] = changed.keyspaces['customer'].tables['orders'];
    graph.setVSchema(changed);
    expect(manager.current().version).toBe(version + 1);
    expect(columns('customer', 'extra')).toEqual(['id']);
  });

  it('follows the shards that serve: those of a reshard count from their first read on', async () => {
    await startAll();
    const half = new SchemaTablet({ orders: { id: 'bigint(20)', other: 'bigint(20)' } });
    graph.serve('customer', '-40', '40-80', '80-');
    expect(columns('customer', 'orders')).toEqual(['id', 'price']);
    health.set(5, primary('customer', '-40'), true, half.service);
    await until(() => !isWhole('customer', 'orders'), 'the new shard differs');
    expect(columns('customer', 'orders')).toEqual(['id']);
  });

  it('uses a keyspace without a vschema as what it is', async () => {
    graph.setVSchema(null);
    await startAll();
    const { vschema } = manager.current();
    expect(vschema.keyspace('product').sharded).toBe(false);
    expect(columns('product', 'sku')).toEqual(['id', 'name']);
    expect(vschema.keyspace('customer').sharded).toBe(true);
  });

  it('gives real types to a list that the vschema declares whole', async () => {
    const declared = SrvVSchema.fromPartial({
      keyspaces: {
        product: { tables: { sku: { columns: [{ name: 'NAME' }], columnListAuthoritative: true } } },
      },
    });
    graph.setVSchema(declared);
    await startAll();
    const table = manager.current().vschema.findTable('product', 'sku');
    expect(table.columns.map((c) => [c.name, c.type])).toEqual([['name', Type.VARCHAR]]);
  });
});
