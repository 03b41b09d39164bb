import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type TestCluster } from '../testing/cluster.contract';
import { readUsersFile, type Role } from './access';
import { roleForSql } from './gate-console';
import { roleFor } from './rpc-route';

let cluster: TestCluster;
const own = { 'x-vitess-request': '1' };

async function ask(
  path: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: unknown }> {
  const { method = init.body === undefined ? 'GET' : 'POST', headers = own } = init;
  const body = typeof init.body === 'string' ? init.body : JSON.stringify(init.body ?? {});
  const response = await fetch(`http://127.0.0.1:${cluster.vtctld.httpPort}${path}`, {
    method,
    headers,
    ...(method === 'POST' ? { body } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

const login = (name: string): Record<string, string> => ({
  ...own,
  authorization: `Basic ${Buffer.from(`${name}:secret-${name}`).toString('base64')}`,
});

describe('without users', () => {
  beforeEach(async () => {
    cluster = await startCluster();
    await cluster.call('createKeyspace', { name: 'ks' });
    await cluster.call('createShard', { keyspace: 'ks', shardName: '-80' });
    await cluster.addTablet('zone1', 100, '-80');
    await cluster.addTablet('zone2', 200, '-80');
  });
  afterEach(() => cluster.close());

  it.each([
    ['/api/cells/', ['zone1', 'zone2']],
    ['/api/keyspaces/', ['ks']],
    ['/api/keyspaces/ks', { keyspace_type: 'NORMAL' }],
    ['/api/shards/ks/', ['-80']],
    ['/api/shards/ks/-80', { key_range: { start: '', end: 'gA==' }, primary_alias: null }],
    ['/api/keyspace/ks/tablets/', [{ alias: { uid: 100 } }, { alias: { uid: 200 } }]],
    ['/api/keyspace/ks/tablets/-80?cells=zone2', [{ alias: { uid: 200 } }]],
    ['/api/tablets/?cell=zone1', [{ cell: 'zone1', uid: 100 }]],
    ['/api/tablets/?shard=ks/80-', []],
    ['/api/tablets/zone1-100', { hostname: 'localhost', port_map: { vt: 15100 } }],
    ['/api/topodata/global/keyspaces/', { cell: { children: ['ks'] } }],
    ['/api/features', { user: '', role: 'admin', sqlConsole: false }],
    ['/api/topology_info/', { Keyspaces: ['ks'], Cells: ['zone1', 'zone2'], TabletTypes: ['REPLICA'] }],
    [
      '/api/tablet_statuses/?metric=health&keyspace=ks',
      [{ ShardLabels: ['-80'], Data: [[3], [3]], Aliases: [['zone1-0000000100'], ['zone2-0000000200']] }],
    ],
    ['/api/tablet_health/zone1/100', { alias: 'zone1-0000000100', serving: false, type: 'replica' }],
    ['/api/live', { keyspaces: [{ name: 'ks', shards: [{ name: '-80', tablets: [{}, {}] }] }] }],
  ])('GET %s', async (path, expected) => {
    expect(await ask(path)).toMatchObject({ status: 200, body: expected });
  });

  it.each([
    ['/api/keyspaces/none', 404],
    ['/api/shards', 400],
    ['/api/shards/ks/80-', 404],
    ['/api/tablets/zone1-999', 404],
    ['/api/tablets/nonsense', 400],
    ['/api/srv_keyspace/none', 404],
    ['/api/keyspace/ks', 404],
    ['/api/tablet_health/zone1', 400],
    ['/api/tablet_health/zone1/5', 404],
    ['/api/tablet_statuses?metric=mood', 400],
    ['/api/topodata/none/x', 404],
    ['/api/keyspaces/%E0%A4%A', 400],
    ['/app/../../package.json', 404],
    ['/app/%2e%2e/%2e%2e/package.json', 404],
    ['/app/assets/none.js', 404],
  ])('GET %s is refused with an error', async (path, status) => {
    expect(await ask(path)).toMatchObject({ status, body: { error: expect.stringMatching(/./) } });
  });

  it('calls any RPC with the JSON of its request', async () => {
    const created = await ask('/api/rpc/CreateShard', { body: { keyspace: 'ks', shard_name: '80-' } });
    expect(created).toMatchObject({ status: 200, body: { shard: { keyspace: 'ks', name: '80-' } } });
    expect(await ask('/api/shards/ks')).toMatchObject({ body: ['-80', '80-'] });
    const listed = await ask('/api/rpc/');
    expect(listed.body).toContainEqual({ method: 'ExecuteFetchAsDBA', role: 'admin' });
    expect(await ask('/api/rpc/ExecuteFetchAsDBA', { body: {} })).toMatchObject({ status: 400 });
  });

  it.each([
    ['/api/rpc/NoSuchCall', {}, 404, /no call NoSuchCall/],
    ['/api/rpc/__proto__', {}, 404, /no call/],
    ['/api/rpc/GetKeyspace', '{"keyspace": 5}', 400, /vtctldata.GetKeyspaceRequest/],
    ['/api/rpc/GetKeyspace', '{"key', 400, /no JSON/],
    ['/api/rpc/GetKeyspace', { keyspace: 'none' }, 404, /none/],
    ['/api/query', { sql: '' }, 400, /"sql"/],
    ['/api/query', { sql: 'select from' }, 400, /syntax/],
    ['/api/query', { sql: 'select 1' }, 412, /--vtgate-grpc-address/],
    ['/api/schema/apply', { Keyspace: 'ks' }, 400, /"SQL"/],
    ['/api/rpc/GetKeyspaces', 'x'.repeat(1024 * 1024 + 1), 413, /larger/],
  ])('POST %s %j is refused', async (path, body, status, error) => {
    expect(await ask(path, { body })).toMatchObject({
      status,
      body: { error: expect.stringMatching(error) },
    });
  });

  it('shows what a schema change would do, and does not do it', async () => {
    const body = { keyspace: 'ks', sql: 'create table t (id bigint primary key); drop table u' };
    expect(await ask('/api/schema/preview', { body })).toMatchObject({
      status: 412,
      body: { error: expect.stringContaining('shards without a primary') },
    });
    await cluster.call('initShardPrimary', {
      keyspace: 'ks',
      shard: '-80',
      primaryElectTabletAlias: { cell: 'zone1', uid: 100 },
      force: true,
    });
    const before = cluster.tablets.calls.length;
    expect(await ask('/api/schema/preview', { body })).toMatchObject({
      status: 200,
      body: {
        statements: ['create table t (id bigint primary key)', 'drop table u'],
        shards: [{ shard: '-80', primary: 'zone1-0000000100' }],
      },
    });
    expect(cluster.tablets.calls.slice(before).map(({ call }) => call)).not.toContain('executeFetchAsDba');
    expect(await ask('/api/schema/preview', { body: { ...body, sql: 'select 1' } })).toMatchObject({
      status: 400,
    });
  });

  it('lists who changed what, the latest first', async () => {
    await ask('/api/rpc/CreateShard', { body: { keyspace: 'ks', shard_name: '80-' } });
    await ask('/api/rpc/DeleteKeyspace', { body: { keyspace: 'none' } });
    await ask('/api/rpc/GetKeyspaces', { body: {} });
    const { body } = await ask('/api/activity');
    expect((body as unknown[]).slice(0, 2)).toMatchObject([
      {
        rpc: 'DeleteKeyspace',
        error: expect.stringContaining('none'),
        caller: expect.stringMatching(/^http /),
      },
      { rpc: 'CreateShard', error: '', request: expect.stringContaining('80-') },
    ]);
  });

  it('takes no change that the page of another site may have sent', async () => {
    const refused = await ask('/api/rpc/DeleteKeyspace', { body: { keyspace: 'ks' }, headers: {} });
    expect(refused).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('x-vitess-request') },
    });
    expect(await cluster.topo.getKeyspaces()).toEqual(['ks']);
  });

  it('streams the state, and its changes', async () => {
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${cluster.vtctld.httpPort}/api/live/stream`, {
      signal: abort.signal,
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await next()).toMatch(/^event: cluster\ndata: \{.*"name":"ks"/);
    await cluster.call('createKeyspace', { name: 'second' });
    expect(await next()).toContain('"name":"second"');
    abort.abort();
  });
});

describe('with users', () => {
  const users = new Map<string, { password: string; role: Role }>(
    (['viewer', 'operator', 'admin'] as const).map((role) => [role, { password: `secret-${role}`, role }]),
  );
  afterEach(() => cluster.close());

  it.each([
    ['viewer', 200, 403, 403],
    ['operator', 200, 200, 403],
    ['admin', 200, 200, 200],
  ])('%s may do what the role allows', async (name, looks, changes, deletes) => {
    cluster = await startCluster({ access: { users } });
    await cluster.call('createKeyspace', { name: 'ks' });
    const headers = login(name);
    expect((await ask('/api/keyspaces', { headers })).status).toBe(looks);
    const create = { body: { name: 'other' }, headers };
    expect((await ask('/api/rpc/CreateKeyspace', create)).status).toBe(changes);
    expect((await ask('/api/rpc/DeleteKeyspace', { body: { keyspace: 'ks' }, headers })).status).toBe(
      deletes,
    );
    expect((await cluster.topo.getKeyspaces()).includes('ks')).toBe(deletes !== 200);
  });

  it('strangers get nothing', async () => {
    cluster = await startCluster({ access: { users } });
    for (const headers of [own, { ...own, authorization: login('x').authorization }, login('')]) {
      for (const path of ['/api/cells', '/api/live', '/api/live/stream', '/api/features', '/api/rpc/']) {
        expect((await ask(path, { headers })).status).toBe(401);
      }
      expect((await ask('/api/rpc/GetKeyspaces', { body: {}, headers })).status).toBe(401);
      expect((await ask('/api/query', { body: { sql: 'select 1' }, headers })).status).toBe(401);
    }
  });

  it('read-only makes everybody a viewer', async () => {
    cluster = await startCluster({ access: { users, readOnly: true } });
    const headers = login('admin');
    expect(await ask('/api/features', { headers })).toMatchObject({
      body: { user: 'admin', role: 'viewer' },
    });
    expect(await ask('/api/rpc/CreateKeyspace', { body: { name: 'ks' }, headers })).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('read-only') },
    });
  });
});

it.each<[string, Role]>([
  ['vexplain plan delete from t', 'viewer'],
  ['vexplain queries select 1', 'operator'],
  ['vexplain queries delete from t', 'admin'],
  ['select 1 union select 2', 'operator'],
  ['show tables', 'operator'],
  ['with a as (select 1) select * from a', 'operator'],
  ['update t set a = 1', 'admin'],
  ['drop table t', 'admin'],
  ['set global x = 1', 'admin'],
])('%s takes the role %s', (sql, role) => {
  expect(roleForSql(sql)).toBe(role);
});

it('calls that lose data are for admins, those that look for viewers', () => {
  const calls = [
    'GetTablets',
    'ValidateShard',
    'PlannedReparentShard',
    'DeleteTablets',
    'EmergencyReparentShard',
  ];
  expect(calls.map(roleFor)).toEqual(['viewer', 'viewer', 'operator', 'admin', 'admin']);
});

describe('the file of users', () => {
  let dir: string;
  beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'vt-users-'))));
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it.each([
    ['not json', /JSON/],
    ['[]', /no object/],
    ['{"a": {"role": "viewer"}}', /a has no password/],
    ['{"a": {"password": "x", "role": "king"}}', /role of a/],
    ['{"a:b": {"password": "x", "role": "viewer"}}', /can be no name/],
  ])('%s is refused', async (text, why) => {
    const file = join(dir, 'users.json');
    await writeFile(file, text);
    expect(() => readUsersFile(file)).toThrow(why);
  });

  it('is read', async () => {
    const file = join(dir, 'users.json');
    await writeFile(file, '{"ann": {"password": "x", "role": "operator"}}');
    expect([...readUsersFile(file)]).toEqual([['ann', { password: 'x', role: 'operator' }]]);
  });
});
