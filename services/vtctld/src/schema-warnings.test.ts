import { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { Keyspace, TabletType } from '@vitess-ts/proto/topodata';
import { Code } from '@vitess-ts/vterrors';
import { gone } from './testing/fake-tablets.contract';
import { startCluster, type TestCluster } from './testing/cluster.contract';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startCluster();
  await cluster.topo.createKeyspace('ks', Keyspace.create());
  for (const [shard, uid] of [
    ['-80', 100],
    ['80-', 110],
  ] as const) {
    await cluster.topo.createShard('ks', shard);
    const { alias } = await cluster.addTablet('zone1', uid, shard, TabletType.PRIMARY);
    await cluster.topo.updateShardFields('ks', shard, (record) => void (record.primaryAlias = alias));
  }
});
afterEach(() => cluster.close());

const vSchema = (json: unknown): VSchema =>
  VSchema.fromPartial({
    sharded: true,
    vindexes: {
      hash: { type: 'hash' },
      xxhash: { type: 'xxhash' },
      loose: { type: 'unicode_loose_md5' },
    },
    tables: json as VSchema['tables'],
  });
const on = (column: string, name: string): unknown => ({ columnVindexes: [{ column, name, columns: [] }] });

function haveTables(...schemas: string[]): void {
  cluster.tablets.tables.set(
    'zone1-0000000100',
    schemas.map((schema) =>
      TableDefinition.create({ name: /`(\w+)`/.exec(schema)?.[1] ?? '', schema, type: 'BASE TABLE' }),
    ),
  );
}

const created = (lines: string[], name = 't', collation = 'utf8mb4_general_ci'): string =>
  `CREATE TABLE \`${name}\` (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${collation}`;

async function vschemaWarnings(tables: unknown): Promise<string[]> {
  return (await cluster.call('applyVSchema', { keyspace: 'ks', vSchema: vSchema(tables) })).warnings;
}

describe('ApplyVSchema', () => {
  it.each<[string, string[], unknown, (string | RegExp)[]]>([
    ['nothing wrong', ['`id` bigint(20) NOT NULL', 'PRIMARY KEY (`id`)'], on('id', 'hash'), []],
    [
      'bytes under a case-insensitive collation',
      ['`name` varchar(20) NOT NULL', 'PRIMARY KEY (`name`)'],
      on('name', 'xxhash'),
      [
        /^table t: look-ups by column name go to all shards: collation utf8mb4_general_ci calls values/,
        /^table t: PRIMARY KEY \(name\) holds within a shard only/,
      ],
    ],
    [
      'bytes under a collation that compares them',
      ['`name` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL', 'PRIMARY KEY (`name`)'],
      on('name', 'xxhash'),
      [],
    ],
    [
      'loose keys under a collation that was not measured',
      ['`name` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_turkish_ci NOT NULL', 'KEY `n` (`name`)'],
      on('name', 'loose'),
      [/^table t: look-ups by column name go to all shards: collation utf8mb4_turkish_ci/],
    ],
    ['loose keys', ['`name` varchar(20) NOT NULL', 'KEY `n` (`name`)'], on('name', 'loose'), []],
    [
      'a unique key over loose keys',
      ['`name` varchar(20) NOT NULL', 'UNIQUE KEY `n` (`name`)'],
      on('name', 'loose'),
      [/^table t: UNIQUE key n \(name\) holds within a shard only: the collation of name/],
    ],
    [
      'a type without exact forms',
      ['`amount` decimal(10,2) NOT NULL'],
      on('amount', 'xxhash'),
      [/^table t: look-ups by column amount go to all shards: values of type decimal/],
    ],
    [
      'a unique key without the vindex',
      [
        '`id` bigint(20) NOT NULL',
        '`mail` varchar(99)',
        'PRIMARY KEY (`id`)',
        'UNIQUE KEY `m` (`mail`,`id`)',
        'UNIQUE KEY `o` (`mail`)',
      ],
      on('id', 'hash'),
      [/^table t: UNIQUE key o \(mail\) does not contain id of the primary vindex/],
    ],
    [
      'numbers without a sequence',
      ['`id` bigint(20) NOT NULL AUTO_INCREMENT', 'PRIMARY KEY (`id`)'],
      on('id', 'hash'),
      [/^table t: AUTO_INCREMENT of column id gives the same numbers on every shard/],
    ],
    [
      'a primary key of numbers from a sequence',
      ['`id` bigint(20) NOT NULL', '`c` bigint(20) NOT NULL', 'PRIMARY KEY (`id`)'],
      { ...(on('c', 'hash') as object), autoIncrement: { column: 'id', sequence: 'other.seq' } },
      [],
    ],
    [
      'a missing column',
      ['`id` bigint(20)'],
      on('nothing', 'hash'),
      [/column nothing of vindex hash does not exist/],
    ],
    [
      'a reference table',
      ['`id` bigint(20) NOT NULL AUTO_INCREMENT', 'PRIMARY KEY (`id`)'],
      { type: 'reference' },
      [],
    ],
  ])('%s', async (_, lines, table, expected) => {
    haveTables(created(lines));
    await cluster.topo.createKeyspace('other', Keyspace.create());
    await cluster.topo.saveVSchema('other', VSchema.fromPartial({ tables: { seq: { type: 'sequence' } } }));
    expect(await vschemaWarnings({ t: table })).toEqual(
      expected.map((e) => (typeof e === 'string' ? e : expect.stringMatching(e))),
    );
  });

  it('logs them, and refuses them in strict mode', async () => {
    haveTables(created(['`id` bigint(20) NOT NULL AUTO_INCREMENT', 'PRIMARY KEY (`id`)']));
    const request = { keyspace: 'ks', vSchema: vSchema({ t: on('id', 'hash') }) };
    await expect(cluster.call('applyVSchema', { ...request, strict: true })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining('AUTO_INCREMENT of column id'),
    });
    await expect(cluster.call('getVSchema', { keyspace: 'ks' })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
    });
    await cluster.call('applyVSchema', request);
    expect(cluster.logged.map(({ fields }) => fields.warning)).toContainEqual(
      expect.stringContaining('AUTO_INCREMENT of column id'),
    );
  });

  it('says when tables could not be checked', async () => {
    cluster.tablets.failures.set('getSchema', gone());
    expect(await vschemaWarnings({ t: on('id', 'hash') })).toEqual([
      'tables were not checked: connection refused',
    ]);
    cluster.tablets.failures.clear();
    haveTables('CREATE TABLE `t` (`id` bigint(20) some new syntax)');
    expect(await vschemaWarnings({ t: on('id', 'hash') })).toEqual([
      'table t was not checked: its definition is not understood',
    ]);
  });
});

describe('ApplySchema', () => {
  beforeEach(async () => {
    await cluster.topo.saveVSchema('ks', vSchema({ t: on('id', 'hash'), u: on('id', 'hash') }));
    haveTables(created(['`id` bigint(20) NOT NULL', '`mail` varchar(99)', 'PRIMARY KEY (`id`)']));
  });
  const apply = async (sql: string, strict = false): Promise<string[]> =>
    (await cluster.call('applySchema', { keyspace: 'ks', sql: [sql], strict })).warnings;

  it.each<[string, RegExp[]]>([
    ['create table u (id bigint primary key)', []],
    ['create table u (id bigint auto_increment primary key)', [/^table u: AUTO_INCREMENT of column id/]],
    ['create table u (id bigint, a int unique, primary key (id, a))', [/^table u: UNIQUE key .*\(a\)/]],
    ['create table x (id bigint auto_increment primary key)', []],
    ['create table u like t; alter table u add unique key m (mail)', [/^table u: UNIQUE key m \(mail\)/]],
    ['alter table t add unique key m (mail)', [/^table t: UNIQUE key m \(mail\)/]],
    ['create unique index m on t (mail)', [/^table t: UNIQUE key m \(mail\)/]],
    ['create index m on t (mail)', []],
    ['alter table t add unique key m (mail), drop index m', []],
    ['alter table t modify id varchar(20)', []],
    ['alter table t modify id decimal(20,2)', [/^table t: look-ups by column id go to all shards/]],
    [
      'alter table t change id key_id bigint',
      [/^table t: column id of vindex hash does not exist/, /^table t: PRIMARY KEY/],
    ],
    ['alter table t add unique key m (mail); drop table t', []],
    ['rename table t to u; alter table u modify id bigint auto_increment', [/^table u: AUTO_INCREMENT/]],
  ])('%s', async (sql, expected) => {
    expect(await apply(sql)).toEqual(expected.map((e) => expect.stringMatching(e)));
  });

  it('runs nothing in strict mode', async () => {
    await expect(apply('create unique index m on t (mail)', true)).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining('UNIQUE key m (mail)'),
    });
    expect(cluster.tablets.of('executeFetchAsDba')).toEqual([]);
    expect(await apply('create index m on t (mail)', true)).toEqual([]);
    expect(cluster.tablets.of('executeFetchAsDba')).toHaveLength(2);
  });
});
