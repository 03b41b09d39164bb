import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CellInfo } from '@vitess-ts/proto/topodata';
import { freePort, startZookeeper, type TestZookeeper } from '@vitess-ts/testkit';
import { Code } from '@vitess-ts/vterrors';
import { Wire } from '../etcd/testing.contract';
import { openTopo } from '../open';
import { testCertificate, testKey, strangerCertificate } from '../testing/certificates.contract';
import { ZkClient } from './zk-client';
import { ZkConn } from './zk-conn';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });
const bytes = (text: string): Buffer => Buffer.from(text);
const never = new AbortController().signal;

let zookeeper: TestZookeeper;
let dir: string;
let raw: ZkClient;
let roots = 0;
let root: string;
let conn: ZkConn;
let other: ZkConn;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vt-zk-tls-'));
  const [ca, certAndKey] = [join(dir, 'ca.pem'), join(dir, 'both.pem')];
  await writeFile(ca, testCertificate);
  await writeFile(join(dir, 'key.pem'), testKey);
  await writeFile(join(dir, 'stranger.pem'), strangerCertificate);
  await writeFile(certAndKey, `${testCertificate}${testKey}`);
  zookeeper = await startZookeeper({ tls: { ca, certAndKey } });
  raw = new ZkClient({ addresses: [addressOf(zookeeper.address)], auth: [], timeoutMs: 30_000 }, (error) => {
    throw error;
  });
}, 120_000);
afterAll(async () => {
  await raw?.close();
  await zookeeper?.stop();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  root = `/vitess/test${++roots}`;
  conn = new ZkConn({ address: zookeeper.address, root });
  other = new ZkConn({ address: zookeeper.address, root });
});
afterEach(async () => {
  await conn.close();
  await other.close();
});

function addressOf(address: string): { host: string; port: number } {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
}

/** All nodes below one, with their contents; numbers of queues as `<n>`. */
async function nodes(below: string): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for (const name of (await raw.children(below, {})) ?? []) {
    const node = `${below}/${name}`;
    const data = (await raw.get(node, {}))?.data ?? null;
    found[node.replace(/\/\d{10}$/, '/<n>')] = data === null ? null : data.toString();
    Object.assign(found, await nodes(node));
  }
  return found;
}

describe('nodes of zookeeper', () => {
  it('are those of Vitess: files, lock queues and elections', async () => {
    await conn.create('keyspaces/ks/Keyspace', bytes('\0record'));
    const lock = await conn.lock('keyspaces/ks', '{"Action":"test"}');
    const named = await conn.lockName('internal/named_locks/x', 'x');
    await conn.newLeaderParticipation('vtctld', 'host1:15999').waitForLeadership();
    expect(await nodes(root)).toEqual({
      [`${root}/elections`]: null,
      [`${root}/elections/vtctld`]: null,
      [`${root}/elections/vtctld/<n>`]: 'host1:15999',
      [`${root}/internal`]: null,
      [`${root}/internal/named_locks`]: null,
      [`${root}/internal/named_locks/x`]: null,
      [`${root}/internal/named_locks/x/locks`]: null,
      [`${root}/internal/named_locks/x/locks/<n>`]: 'x',
      [`${root}/keyspaces`]: null,
      [`${root}/keyspaces/ks`]: null,
      [`${root}/keyspaces/ks/Keyspace`]: '\0record',
      [`${root}/keyspaces/ks/locks`]: null,
      [`${root}/keyspaces/ks/locks/<n>`]: '{"Action":"test"}',
    });
    expect(await conn.listDir('keyspaces/ks', true)).toEqual([
      { name: 'Keyspace', type: 'file', ephemeral: false },
      { name: 'locks', type: 'directory', ephemeral: true },
    ]);
    expect((await conn.list('')).map(({ path }) => path)).toEqual(['keyspaces/ks/Keyspace']);
    await lock.unlock();
    await named.unlock();
    expect(await conn.listDir('keyspaces/ks', false)).toEqual([{ name: 'Keyspace' }]);
    expect(Object.keys(await nodes(`${root}/internal`))).toEqual([]);
  });

  it('has a file or a directory at a path, never both', async () => {
    await conn.create('a/b', bytes('1'));
    for (const path of ['a', 'a/b/c']) {
      await expect(conn.create(path, bytes('1'))).rejects.toEqual(code(Code.INVALID_ARGUMENT));
      await expect(conn.update(path, bytes('1'), null)).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    }
    // An empty directory that was left behind is nothing.
    await raw.create(`${root}/left`, null, {});
    await expect(conn.listDir('left', false)).rejects.toEqual(code(Code.NOT_FOUND));
    const version = await conn.create('left', bytes('1'));
    expect(await conn.get('left')).toEqual({ contents: bytes('1'), version });
  });

  it.each(['', 'host', 'host:x', 'a:1,,b:2', 'host:1/path'])('refuses the address "%s"', (address) => {
    expect(() => new ZkConn({ address })).toThrow(expect.objectContaining({ code: Code.INVALID_ARGUMENT }));
  });
});

describe('locks', () => {
  it('are lost when their node is removed, and their holder hears of it', async () => {
    const lock = await conn.lockName('x', 'mine');
    const lost = once(lock.lost, 'abort');
    const [name] = (await raw.children(`${root}/x/locks`, {})) ?? [];
    await raw.delete(`${root}/x/locks/${name}`, -1, {});
    await lost;
    await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    await expect(lock.unlock()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
  });

  it('are lost when nobody can confirm the session, and free for others then', async () => {
    const wire = await Wire.to(zookeeper.address);
    const cut = new ZkConn({ address: wire.address, root });
    try {
      const lock = await cut.lockName('x', 'first', { ttlMs: 2_000 });
      await lock.check();
      const lost = once(lock.lost, 'abort');
      wire.cut();
      const cutAt = Date.now();
      await expect(lock.check()).rejects.toEqual(code(Code.UNAVAILABLE));
      const next = conn.lockName('x', 'second', { signal: AbortSignal.timeout(20_000) });
      await lost;
      expect(Date.now() - cutAt).toBeGreaterThan(500);
      await (await next).unlock();
      wire.mend();
      await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
      await expect(lock.unlock()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
    } finally {
      await cut.close();
      await wire.close();
    }
  }, 60_000);

  it('exclude another process, and are free within their time once that was killed', async () => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@vitess-ts/source',
        '--require',
        join(resolve(__dirname, '../../../..'), 'tools/dev/swc-register.cjs'),
        join(__dirname, 'lock-holder.contract.ts'),
        ...[zookeeper.address, root, 'x', '2000'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      expect(String(await once(child.stdout, 'data'))).toBe('held\n');
      const wait = { signal: AbortSignal.timeout(3_000) };
      await expect(conn.lockName('x', 'ours', wait)).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    } finally {
      child.kill('SIGKILL');
    }
    const killedAt = Date.now();
    const lock = await conn.lockName('x', 'ours');
    // Its two seconds, and the beat of the server's own clock.
    expect(Date.now() - killedAt).toBeLessThan(10_000);
    await lock.unlock();
  }, 60_000);
});

describe('while zookeeper is away', () => {
  it('calls fail, watches go on with what others changed, a lock is kept', async () => {
    await other.create('a/file', bytes('0'));
    await other.create('a/gone', bytes('0'));
    const wire = await Wire.to(zookeeper.address);
    const cut = new ZkConn({ address: wire.address, root });
    try {
      const file = (await cut.watch('a/file', never)).changes[Symbol.asyncIterator]();
      const below = (await cut.watchRecursive('a', never)).changes[Symbol.asyncIterator]();
      const lock = await cut.lockName('x', 'mine');
      wire.cut();
      await expect(cut.get('a/file')).rejects.toEqual(code(Code.UNAVAILABLE));
      for (let i = 1; i <= 5; i++) await other.update('a/file', bytes(String(i)), null);
      await other.delete('a/gone', null);
      await other.create('a/new', bytes('1'));
      wire.mend();
      expect((await file.next()).value).toMatchObject({ contents: bytes('5') });
      const seen = new Set<string>();
      while (seen.size < 3) {
        const change = (await below.next()).value as { path: string; deleted?: true; contents?: Buffer };
        seen.add(`${change.path} ${change.deleted ? 'deleted' : change.contents?.toString()}`);
      }
      expect([...seen].sort()).toEqual(['a/file 5', 'a/gone deleted', 'a/new 1']);
      await other.delete('a/file', null);
      await expect(file.next()).rejects.toEqual(code(Code.NOT_FOUND));
      await lock.check();
      await lock.unlock();
    } finally {
      await cut.close();
      await wire.close();
    }
  }, 60_000);

  it('the next server is asked', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const both = new ZkConn({ address: `${dead},${zookeeper.address}`, root });
    await both.create('a', bytes('1'));
    await both.close();
    const none = new ZkConn({ address: dead, root });
    await expect(none.get('a')).rejects.toEqual(code(Code.UNAVAILABLE));
    await none.close();
  });
});

describe('who may', () => {
  it('an identity keeps its records from others', async () => {
    const owner = new ZkConn({
      address: zookeeper.address,
      root: `${root}/own`,
      auth: [{ scheme: 'digest', auth: 'vitess:secret' }],
    });
    try {
      await owner.create('a/file', bytes('secret'));
      const stranger = new ZkConn({ address: zookeeper.address, root: `${root}/own` });
      await expect(stranger.get('a/file')).rejects.toEqual(code(Code.PERMISSION_DENIED));
      await expect(stranger.update('a/file', bytes('x'), null)).rejects.toEqual(code(Code.PERMISSION_DENIED));
      await stranger.close();
      expect((await owner.get('a/file')).contents).toEqual(bytes('secret'));
    } finally {
      await owner.close();
    }
  });

  it('TLS: the right authority is accepted, a wrong one refused; flags say what they lack', async () => {
    const address = (zookeeper.secureAddress as string).replace('127.0.0.1', 'localhost');
    const authFile = join(dir, 'auth');
    await writeFile(authFile, 'digest:vitess:secret\n');
    const open = (ca: string, cert: string, key: string, auth = authFile) =>
      openTopo({
        implementation: 'zk2',
        address,
        root: `${root}/tls`,
        zk: {
          topoZkTlsCa: ca && join(dir, ca),
          topoZkTlsCert: cert && join(dir, cert),
          topoZkTlsKey: key && join(dir, key),
          topoZkAuthFile: auth,
          topoZkBaseTimeoutMs: 30_000,
        },
      });
    const right = await open('ca.pem', 'ca.pem', 'key.pem');
    await right.topo.createCellInfo('zone1', CellInfo.create({ root: '/vitess/zone1' }));
    expect(await right.topo.getCellInfoNames()).toEqual(['zone1']);
    await right.close();
    for (const wrong of [await open('stranger.pem', 'ca.pem', 'key.pem'), await open('ca.pem', '', '')]) {
      await expect(wrong.topo.getCellInfoNames()).rejects.toEqual(code(Code.UNAVAILABLE));
      await wrong.close();
    }
    await expect(open('', 'ca.pem', 'key.pem')).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    await expect(open('none.pem', '', '')).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    await expect(open('ca.pem', '', '', join(dir, 'ca.pem'))).rejects.toEqual(code(Code.INVALID_ARGUMENT));
  }, 60_000);
});
