import { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { TabletType } from '@vitess-ts/proto/topodata';
import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { startCluster, type TestCluster } from './testing/cluster.contract';
import { gone } from './testing/fake-tablets.contract';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster();
  for (const [i, shard] of ['-80', '80-'].entries()) {
    await call('createShard', { keyspace: 'ks', shardName: shard, includeParent: i === 0 });
    const { alias } = await cluster.addTablet('zone1', 100 + i * 10, shard, TabletType.PRIMARY);
    await cluster.addTablet('zone1', 101 + i * 10, shard);
    await cluster.topo.updateShardFields('ks', shard, (record) => void (record.primaryAlias = alias));
  }
});
afterEach(() => cluster.close());

const call: TestCluster['call'] = (...args) => cluster.call(...args);
const code = (expected: Code, text = ''): unknown =>
  expect.objectContaining({ code: expected, message: expect.stringContaining(text) });
const [primary1, primary2] = ['zone1-0000000100', 'zone1-0000000110'];
const query = (request: { query: Buffer; dbName: string }): string =>
  `${request.dbName} ${request.query.toString()}`;

describe('ApplySchema', () => {
  it('runs each statement on the primary of each shard, then reloads all schemas', async () => {
    const sql = ['create table t (id int primary key); create index i on t (id)', 'drop view if exists v'];
    expect(await call('applySchema', { keyspace: 'ks', sql, ddlStrategy: 'direct' })).toEqual({
      uuidList: [],
      rowsAffectedByShard: { '-80': 3n, '80-': 3n },
      warnings: [],
    });
    const statements = [
      'create table t (id int primary key)',
      'create index i on t (id)',
      'drop view if exists v',
    ];
    expect(cluster.tablets.of('executeFetchAsDba', query)).toEqual(
      statements.flatMap((text) => [`${primary1}: vt_ks ${text}`, `${primary2}: vt_ks ${text}`]),
    );
    expect(
      cluster.tablets.of('reloadSchema', (r: { waitPosition: string }) => r.waitPosition).sort(),
    ).toEqual([
      `${primary1}: `,
      'zone1-0000000101: MariaDB/0-1-5',
      `${primary2}: `,
      'zone1-0000000111: MariaDB/0-1-5',
    ]);
  });

  it('changes nothing when the first shard refuses the statement', async () => {
    cluster.tablets.failures.set(
      `${primary1} executeFetchAsDba`,
      new SqlError(1050, '42S01', "Table 't' already exists"),
    );
    const error = await call('applySchema', { keyspace: 'ks', sql: ['create table t (id int)'] }).catch(
      (e: unknown) => e,
    );
    expect(error).toEqual(code(Code.ALREADY_EXISTS, 'failed on shard -80, statement 1 of 1'));
    expect((error as Error).message).toContain("-80: failed: Table 't' already exists");
    expect((error as Error).message).toContain('80-: not attempted');
    expect(cluster.tablets.of('executeFetchAsDba')).toEqual([`${primary1}: `]);
  });

  it('says what happened where when another shard fails, and runs no further statement', async () => {
    cluster.tablets.onCall = async ({ tablet, request }) => {
      const text = (request as { query?: Buffer }).query?.toString() ?? '';
      if (tablet === primary2 && text.startsWith('alter'))
        throw new SqlError(1205, 'HY000', 'Lock wait timeout');
    };
    const sql = ['create table t (id int)', 'alter table t add c int', 'drop table t'];
    await expect(call('applySchema', { keyspace: 'ks', sql })).rejects.toMatchObject({
      message: expect.stringMatching(
        /failed on shard 80-, statement 2 of 3 \(the 1 before it.*\n-80: applied\n80-: failed: Lock wait timeout/s,
      ),
    });
    expect(cluster.tablets.of('executeFetchAsDba', query).filter((line) => line.includes('drop'))).toEqual(
      [],
    );
  });

  it('begins only when all primaries answer', async () => {
    cluster.tablets.failures.set(`${primary2} ping`, gone());
    await expect(call('applySchema', { keyspace: 'ks', sql: ['drop table t'] })).rejects.toEqual(
      code(Code.UNAVAILABLE, '80-: connection refused'),
    );
    await cluster.topo.updateShardFields('ks', '-80', (record) => void (record.primaryAlias = undefined));
    await expect(call('applySchema', { keyspace: 'ks', sql: ['drop table t'] })).rejects.toEqual(
      code(Code.FAILED_PRECONDITION, 'without a primary in keyspace ks: -80'),
    );
    expect(cluster.tablets.of('executeFetchAsDba')).toEqual([]);
  });

  it.each([
    ['select 1', Code.INVALID_ARGUMENT],
    ['insert into t values (1)', Code.INVALID_ARGUMENT],
    ['drop database vt_ks', Code.INVALID_ARGUMENT],
    ['drop table other.t', Code.INVALID_ARGUMENT],
    ['create tabel t (id int)', Code.INVALID_ARGUMENT],
    ['drop table t; select 1', Code.INVALID_ARGUMENT],
    [' ; ', Code.INVALID_ARGUMENT],
  ])('refuses %s', async (sql, expected) => {
    await expect(call('applySchema', { keyspace: 'ks', sql: [sql] })).rejects.toEqual(code(expected));
    expect(cluster.tablets.calls).toEqual([]);
  });

  it('names the strategy that it lacks', async () => {
    const request = { keyspace: 'ks', sql: ['drop table t'], ddlStrategy: 'vitess' };
    await expect(call('applySchema', request)).rejects.toEqual(code(Code.UNIMPLEMENTED, '"vitess"'));
  });

  it('stands even when a replica does not reload', async () => {
    cluster.tablets.failures.set('zone1-0000000101 reloadSchema', gone());
    await call('applySchema', { keyspace: 'ks', sql: ['drop table t'] });
    expect(cluster.logged.map(({ msg }) => msg)).toContain(
      'failed to reload schema on tablet zone1-0000000101: connection refused',
    );
  });
});

describe('GetSchema and ReloadSchema', () => {
  it('shows as much as is asked for', async () => {
    const table = TableDefinition.create({
      name: 't',
      schema: 'create table t',
      type: 'BASE TABLE',
      rowCount: 5n,
    });
    cluster.tablets.tables.set(primary1, [table]);
    const tabletAlias = { cell: 'zone1', uid: 100 };
    expect((await call('getSchema', { tabletAlias })).schema?.tableDefinitions).toEqual([table]);
    expect((await call('getSchema', { tabletAlias, tableNamesOnly: true })).schema?.tableDefinitions).toEqual(
      [TableDefinition.create({ name: 't' })],
    );
    expect((await call('getSchema', { tabletAlias, tableSizesOnly: true })).schema?.tableDefinitions).toEqual(
      [TableDefinition.create({ name: 't', type: 'BASE TABLE', rowCount: 5n })],
    );
  });

  it('reloads replicas, primaries on request, and tells of failures', async () => {
    await call('reloadSchemaShard', { keyspace: 'ks', shard: '-80' });
    expect(cluster.tablets.of('reloadSchema')).toEqual(['zone1-0000000101: ']);
    cluster.tablets.failures.set(`${primary2} reloadSchema`, gone());
    const { events } = await call('reloadSchemaKeyspace', { keyspace: 'ks', includePrimary: true });
    expect(events.map(({ value }) => value)).toEqual([
      `failed to reload schema on tablet ${primary2}: connection refused`,
    ]);
    expect(cluster.tablets.of('reloadSchema')).toHaveLength(5);
  });

  it('compares shards', async () => {
    const table = (name: string, schema: string) =>
      TableDefinition.create({ name, schema, type: 'BASE TABLE' });
    cluster.tablets.tables.set(primary1, [table('a', 'x AUTO_INCREMENT=5 y'), table('b', 'x')]);
    cluster.tablets.tables.set(primary2, [table('a', 'x AUTO_INCREMENT=9 y'), table('c', 'x')]);
    cluster.tablets.tables.set('zone1-0000000101', [table('a', 'x y'), table('b', 'x')]);
    cluster.tablets.tables.set('zone1-0000000111', [table('a', 'x y'), table('c', 'x')]);
    const { resultsByShard } = await call('validateSchemaKeyspace', { keyspace: 'ks' });
    expect(resultsByShard).toEqual({
      '-80': { results: [] },
      '80-': {
        results: [
          '-80 has an extra table named b that 80- lacks',
          '80- has an extra table named c that -80 lacks',
        ],
      },
    });
  });
});

describe('ApplyVSchema', () => {
  const vSchema = VSchema.create({
    sharded: true,
    vindexes: { hash: { type: 'hash' } },
    tables: { t: { columnVindexes: [{ column: 'id', name: 'hash' }] } },
  });

  it('stores the vschema and rebuilds the serving one', async () => {
    expect(await call('applyVSchema', { keyspace: 'ks', vSchema })).toEqual({
      vSchema,
      unknownVindexParams: {},
      warnings: [],
    });
    expect((await call('getSrvVSchema', { cell: 'zone2' })).srvVSchema?.keyspaces.ks).toEqual(vSchema);
    const { srvVSchemas } = await call('getSrvVSchemas');
    expect(Object.keys(srvVSchemas)).toEqual(['zone1', 'zone2']);
  });

  it('keeps the old one on a dry run, and the serving one without a rebuild', async () => {
    await call('applyVSchema', { keyspace: 'ks', vSchema, dryRun: true });
    await expect(call('getVSchema', { keyspace: 'ks' })).rejects.toEqual(code(Code.NOT_FOUND));
    await call('applyVSchema', { keyspace: 'ks', vSchema, skipRebuild: true });
    expect(await call('getVSchema', { keyspace: 'ks' })).toEqual({ vSchema });
    await expect(call('getSrvVSchema', { cell: 'zone1' })).rejects.toEqual(code(Code.NOT_FOUND));
    await call('rebuildVSchemaGraph', { cells: ['zone1'] });
    expect((await call('getSrvVSchema', { cell: 'zone1' })).srvVSchema?.keyspaces.ks).toEqual(vSchema);
  });

  it('refuses what cannot be used, and in strict mode what has no effect', async () => {
    const bad = { ...vSchema, vindexes: {} };
    await expect(call('applyVSchema', { keyspace: 'ks', vSchema: bad })).rejects.toEqual(
      code(Code.INVALID_ARGUMENT, 'hash'),
    );
    const odd = { ...vSchema, vindexes: { hash: { type: 'hash', params: { colour: 'red' }, owner: '' } } };
    await expect(call('applyVSchema', { keyspace: 'ks', vSchema: odd, strict: true })).rejects.toEqual(
      code(Code.INVALID_ARGUMENT, 'hash: colour'),
    );
    expect((await call('applyVSchema', { keyspace: 'ks', vSchema: odd })).unknownVindexParams).toEqual({
      hash: { params: ['colour'] },
    });
    await expect(call('applyVSchema', { keyspace: 'none', vSchema })).rejects.toEqual(code(Code.NOT_FOUND));
    await expect(call('applyVSchema', { keyspace: 'ks' })).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  });

  it('takes routing rules along', async () => {
    const routingRules = { rules: [{ fromTable: 't', toTables: ['ks.t'] }] };
    await call('applyRoutingRules', { routingRules });
    expect(await call('getRoutingRules')).toEqual({ routingRules });
    expect((await call('getSrvVSchema', { cell: 'zone1' })).srvVSchema?.routingRules).toEqual(routingRules);
  });
});
