import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryResult } from '@vitess-ts/proto/query';
import { TableDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { TabletType } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { startCluster, type TestCluster } from '../../../services/vtctld/src/testing/cluster.contract';
import { commands, resultTable, runCli } from '@vitess-ts/vtctlcommands';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await vtctl('CreateKeyspace', 'ks');
  await vtctl('CreateShard', 'ks/-80');
  const { alias } = await cluster.addTablet('zone1', 100, '-80', TabletType.PRIMARY);
  await cluster.topo.updateTabletFields(alias as NonNullable<typeof alias>, (tablet) => {
    tablet.primaryTermStartTime = { seconds: 1_700_000_000n, nanoseconds: 0 };
    tablet.tags = { rack: 'a "1"' };
  });
  await cluster.topo.updateShardFields('ks', '-80', (record) => void (record.primaryAlias = alias));
  await cluster.addTablet('zone1', 101, '-80');
});
afterAll(() => cluster.close());

interface Outcome {
  code: number;
  out: string;
  err: string;
}

async function run(argv: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = { out: '', err: '' };
  const code = await runCli(argv, env, {
    out: (text) => void (outcome.out += text),
    err: (text) => void (outcome.err += text),
  });
  return { code, ...outcome };
}

/** Runs a command that must succeed; gives what it printed. */
async function vtctl(...argv: string[]): Promise<string> {
  const { code, out, err } = await run(['--server', server(), ...argv]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

const server = (): string => `127.0.0.1:${cluster.vtctld.grpcPort}`;

describe('JSON', () => {
  it('has proto names, names of enum values, and what is not set', async () => {
    expect(await vtctl('GetKeyspace', 'ks')).toBe(
      [
        '{',
        '  "name": "ks",',
        '  "keyspace": {',
        '    "keyspace_type": "NORMAL",',
        '    "base_keyspace": "",',
        '    "snapshot_time": null,',
        '    "durability_policy": "none",',
        '    "throttler_config": null,',
        '    "sidecar_db_name": "_vt",',
        '    "vtorc_state": null,',
        '    "query_throttler_config": null',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('is shorter with --compact, before or after the command', async () => {
    const compact = { name: 'ks', keyspace: { durability_policy: 'none', sidecar_db_name: '_vt' } };
    expect(JSON.parse(await vtctl('--compact', 'GetKeyspace', 'ks'))).toEqual(compact);
    expect(JSON.parse(await vtctl('getkeyspaces', '--compact'))).toEqual([compact]);
  });

  it('of a shard has its key range in base64', async () => {
    expect(JSON.parse(await vtctl('GetShard', 'ks/-80'))).toEqual({
      keyspace: 'ks',
      name: '-80',
      shard: {
        primary_alias: { cell: 'zone1', uid: 100 },
        primary_term_start_time: null,
        key_range: { start: '', end: 'gA==' },
        source_shards: [],
        tablet_controls: [],
        is_primary_serving: true,
        vtorc_state: null,
      },
    });
  });

  it('of a tablet', async () => {
    expect(JSON.parse(await vtctl('GetTablet', 'zone1-100'))).toMatchObject({
      alias: { cell: 'zone1', uid: 100 },
      port_map: { grpc: 16100, vt: 15100 },
      type: 'PRIMARY',
      primary_term_start_time: { seconds: '1700000000', nanoseconds: 0 },
    });
  });
});

describe('GetTablets', () => {
  const primary =
    'zone1-0000000100 ks -80 primary localhost:15100 localhost:17100 [rack: "a \\"1\\""] 2023-11-14T22:13:20Z';
  const replica = 'zone1-0000000101 ks -80 replica localhost:15101 localhost:17101 [] <null>';

  it('prints a line for each', async () => {
    expect(await vtctl('GetTablets')).toBe(`${primary}\n${replica}\n`);
    expect(await vtctl('GetTablets', '--tablet-type', 'replica')).toBe(`${replica}\n`);
    expect(await vtctl('GetTablets', '--tablet-alias', 'zone1-0000000100')).toBe(`${primary}\n`);
    expect(await vtctl('GetTablets', '-k', 'ks', '--shard=-80', '--cell', 'zone2')).toBe('');
  });

  it('prints JSON', async () => {
    const tablets = JSON.parse(await vtctl('GetTablets', '--format', 'json')) as { type: string }[];
    expect(tablets.map(({ type }) => type)).toEqual(['PRIMARY', 'REPLICA']);
  });

  it('refuses filters that do not go together', async () => {
    expect(await run(['GetTablets', '--shard', '-80'])).toMatchObject({ code: 2, out: '' });
    const both = await run(['GetTablets', '--keyspace', 'ks', '--tablet-alias', 'zone1-1']);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('cannot be combined') });
  });
});

describe('commands that change something', () => {
  it('say what they did', async () => {
    expect(await vtctl('CreateKeyspace', '--durability-policy=semi_sync', 'made')).toMatch(
      /^Successfully created keyspace made. Result:\n\{\n {2}"name": "made",/,
    );
    expect(JSON.parse(await vtctl('CreateShard', '-f', 'made/0'))).toMatchObject({
      shard_already_exists: false,
    });
    await vtctl('RebuildKeyspaceGraph', 'made');
    const srvKeyspaces = JSON.parse(await vtctl('--compact', 'GetSrvKeyspaces', 'made', 'zone1')) as object;
    expect(srvKeyspaces).toEqual({
      zone1: {
        partitions: ['PRIMARY', 'REPLICA', 'RDONLY'].map((served_type) => ({
          served_type,
          shard_references: [{ name: '0' }],
        })),
      },
    });
    expect(JSON.parse(await vtctl('GetSrvKeyspaceNames', 'zone1'))).toEqual({ zone1: { names: ['made'] } });
    expect(await vtctl('DeleteShards', '--even-if-serving', 'made/0')).toBe(
      'Successfully deleted 1 shards\n',
    );
    expect(await vtctl('DeleteKeyspace', '-r', 'made')).toBe('Successfully deleted keyspace made.\n');
    expect(await vtctl('AddCellInfo', '--root', '/vitess/z3', 'z3')).toBe('Created cell: z3\n');
    expect(await vtctl('GetCellInfoNames')).toBe('z3\nzone1\nzone2\n');
    expect(await vtctl('DeleteCellInfo', 'z3')).toBe('Deleted cell z3\n');
    expect(await vtctl('ChangeTabletType', '--dry-run', 'zone1-101', 'rdonly')).toMatch(
      /^--- DRY RUN ---\n- zone1-0000000101 ks -80 replica .*\n\+ zone1-0000000101 ks -80 rdonly /,
    );
  });

  it('apply vschemas from text and from files', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vtctl-'));
    const file = join(dir, 'vschema.json');
    await writeFile(file, '{"sharded": true, "vindexes": {"hash": {"type": "hash"}}}');
    expect(await vtctl('ApplyVSchema', '--vschema-file', file, 'ks')).toMatch(/^New VSchema object:\n\{\n/);
    expect(JSON.parse(await vtctl('--compact', 'GetVSchema', 'ks'))).toEqual({
      sharded: true,
      vindexes: { hash: { type: 'hash' } },
    });
    expect(await vtctl('ApplyVSchema', '--dry-run', '--vschema', '{}', 'ks')).toContain('Dry run');
    expect(JSON.parse(await vtctl('--compact', 'GetSrvVSchema', 'zone1'))).toMatchObject({
      keyspaces: { ks: { sharded: true } },
    });
    await rm(dir, { recursive: true });
    const odd = await run(['--server', server(), 'ApplyVSchema', '--vschema', '{"shraded": true}', 'ks']);
    expect(odd).toMatchObject({ code: 2, err: expect.stringContaining('shraded') });
  });

  it('apply schemas, several statements at a time', async () => {
    const sql = [
      '--sql',
      'create table a (id int, name char(3)); create table b (id int)',
      '--sql',
      'drop table c',
    ];
    expect(await vtctl('ApplySchema', ...sql, 'ks')).toBe('\n');
    const show = ({ query }: { query: Buffer }): string => query.toString();
    expect(cluster.tablets.of('executeFetchAsDba', show)).toEqual([
      'zone1-0000000100: create table a (id int, name char(3))',
      'zone1-0000000100: create table b (id int)',
      'zone1-0000000100: drop table c',
    ]);
    expect(await run(['ApplySchema', 'ks'])).toMatchObject({ code: 2 });
  });

  it('show schemas', async () => {
    cluster.tablets.tables.set('zone1-0000000100', [
      TableDefinition.create({ name: 'a', schema: 'CREATE TABLE a' }),
      TableDefinition.create({ name: 'b' }),
    ]);
    expect(await vtctl('GetSchema', '--table-names-only', 'zone1-100')).toBe('a\nb\n');
    expect(JSON.parse(await vtctl('--compact', 'GetSchema', 'zone1-100'))).toMatchObject({
      table_definitions: [{ name: 'a', schema: 'CREATE TABLE a' }, { name: 'b' }],
    });
  });
});

describe('errors', () => {
  it('of the server are on stderr, with their code, and exit with 1', async () => {
    expect(await run(['--server', server(), 'GetKeyspace', 'none'])).toEqual({
      code: 1,
      out: '',
      err: "vtctl: NOT_FOUND: node doesn't exist: keyspace none\n",
    });
    cluster.tablets.failures.set('ping', new VtError(Code.UNAVAILABLE, 'connection refused'));
    const ping = await run(['PingTablet', 'zone1-100'], { VT_SERVER: server() });
    expect(ping).toMatchObject({ code: 1, err: 'vtctl: UNAVAILABLE: connection refused\n' });
    cluster.tablets.failures.clear();
  });

  it('of the connection too', async () => {
    const none = await run(['--server', '127.0.0.1:1', '--action-timeout', '5s', 'GetKeyspaces']);
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('UNAVAILABLE') });
  });

  it.each([
    [['GetKeyspce', 'ks'], 'unknown command "GetKeyspce"'],
    [['SrvVSchema', 'ks'], 'did you mean DeleteSrvVSchema, GetSrvVSchema'],
    [['GetKeyspace'], 'GetKeyspace takes 1 arguments, not 0'],
    [['GetKeyspace', '--frce', 'ks'], 'unknown option --frce'],
    [['GetShard', 'ks'], 'expecting the form <keyspace>/<shard>'],
    [['GetTablet', 'zone1'], 'invalid tablet alias'],
    [['GetTablets', '--tablet-type', 'boss'], 'unknown TabletType boss'],
    [['GetTablets', '--format', 'xml'], 'not one of awk, json'],
  ])('of usage exit with 2: %j', async (argv, message) => {
    expect(await run(argv)).toEqual({ code: 2, out: '', err: expect.stringContaining(message) as string });
  });
});

describe('help', () => {
  it('names all commands, and fails when there is none to run', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const { name } of commands) expect(out).toContain(`  ${name} `);
    expect(await run([])).toEqual({ code: 2, out: '', err: out });
  });

  it('of a command has its flags with their letters', async () => {
    const { code, out } = await run(['DeleteKeyspace', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: vtctl DeleteKeyspace [--recursive|-r] [--force|-f] <keyspace>');
    expect(out).toContain('  -r, --recursive\n');
    expect((await run(['help', 'DeleteKeyspace'])).out).toBe(out);
  });
});

describe('result tables', () => {
  it('show NULL and align', () => {
    const result = QueryResult.create({
      fields: [{ name: 'id' }, { name: 'name' }],
      rows: [
        { lengths: [1n, 3n], values: Buffer.from('1añ') },
        { lengths: [2n, -1n], values: Buffer.from('22') },
      ],
    });
    expect(resultTable(result).split('\n')).toEqual([
      '+----+------+',
      '| id | name |',
      '+----+------+',
      '| 1  | añ   |',
      '| 22 | NULL |',
      '+----+------+',
    ]);
  });
});
