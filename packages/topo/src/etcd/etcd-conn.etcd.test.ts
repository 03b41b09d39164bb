import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { freePort, startEtcd, type TestEtcd } from '@vitess-ts/testkit';
import { Code } from '@vitess-ts/vterrors';
import { EtcdConn } from './etcd-conn';
import { EtcdGateway } from './testing.contract';

const code = (expected: Code): unknown => expect.objectContaining({ code: expected });
const bytes = (text: string): Buffer => Buffer.from(text);

let etcd: TestEtcd;
let gateway: EtcdGateway;
let roots = 0;
let root: string;
let conn: EtcdConn;
let other: EtcdConn;

beforeAll(async () => {
  etcd = await startEtcd();
  gateway = new EtcdGateway(etcd.address);
});
afterAll(() => etcd?.stop());
beforeEach(async () => {
  root = `/vitess/test${++roots}`;
  conn = await EtcdConn.open({ address: etcd.address, root });
  other = await EtcdConn.open({ address: etcd.address, root });
});
afterEach(async () => {
  await conn.close();
  await other.close();
});

describe('keys of etcd', () => {
  it('are those of Vitess: files, lock queues and elections', async () => {
    await conn.create('keyspaces/ks/Keyspace', bytes('\0record'));
    const lock = await conn.lock('keyspaces/ks', '{"Action":"test"}');
    const named = await conn.lockName('internal/named_locks/x', 'x');
    await conn.newLeaderParticipation('vtctld', 'host1:15999').waitForLeadership();
    const keys = (await gateway.keys(`${root}/`)).map((kv) => ({
      ...kv,
      key: kv.key.replace(/[0-9]{10,}$/, '<lease>'),
    }));
    expect(keys).toEqual([
      { key: `${root}/elections/vtctld/locks/<lease>`, value: 'host1:15999', leased: true },
      { key: `${root}/internal/named_locks/x/locks/<lease>`, value: 'x', leased: true },
      { key: `${root}/keyspaces/ks/Keyspace`, value: '\0record', leased: false },
      { key: `${root}/keyspaces/ks/locks/<lease>`, value: '{"Action":"test"}', leased: true },
    ]);
    expect(await conn.listDir('keyspaces/ks', true)).toEqual([
      { name: 'Keyspace', type: 'file', ephemeral: false },
      { name: 'locks', type: 'directory', ephemeral: true },
    ]);
    expect((await conn.list('')).map(({ path }) => path)).toEqual(['keyspaces/ks/Keyspace']);
    await lock.unlock();
    await named.unlock();
    expect(await conn.listDir('keyspaces/ks', false)).toEqual([{ name: 'Keyspace' }]);
  });

  it('lie below the root as it was given', async () => {
    const name = `plain${roots}`;
    const plain = await EtcdConn.open({ address: etcd.address, root: `${name}/` });
    await plain.create('a', bytes('1'));
    expect((await gateway.keys(name)).map(({ key }) => key)).toEqual([`${name}/a`]);
    const top = await EtcdConn.open({ address: etcd.address });
    expect(await top.get(`${name}/a`)).toEqual(await plain.get('a'));
    expect((await top.listDir('', false)).map((entry) => entry.name)).toContain(name);
    await plain.close();
    await top.close();
  });

  it('has a file or a directory at a path, never both', async () => {
    await conn.create('a/b', bytes('1'));
    for (const path of ['a', 'a/b/c']) {
      await expect(conn.create(path, bytes('1'))).rejects.toEqual(code(Code.INVALID_ARGUMENT));
      await expect(conn.update(path, bytes('1'), null)).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    }
    for (const version of ['0', 'x', '-1', '99999999999999999999']) {
      await expect(conn.update('a/b', bytes('2'), version)).rejects.toEqual(code(Code.ABORTED));
      await expect(conn.update('a/new', bytes('2'), version)).rejects.toEqual(code(Code.NOT_FOUND));
      await expect(conn.delete('a/b', version)).rejects.toEqual(code(Code.ABORTED));
    }
  });
});

describe('large directories', () => {
  it('are listed in pages', async () => {
    const names = Array.from({ length: 1200 }, (_, i) => `tablets/zone1-${String(i).padStart(10, '0')}`);
    for (let i = 0; i < names.length; i += 100) {
      await Promise.all(names.slice(i, i + 100).map((name) => conn.create(`${name}/Tablet`, bytes(name))));
    }
    await conn.create('tablets/aaa', bytes('1'));
    await conn.create('tablets-and/more', bytes('1'));
    expect(await conn.listDir('tablets', false)).toHaveLength(1201);
    expect((await conn.list('tablets/zone1')).map(({ contents }) => contents.toString())).toEqual(names);
    // Reads past the tablets without looking at each of them.
    expect(await conn.listDir('', true)).toEqual([
      { name: 'tablets', type: 'directory', ephemeral: false },
      { name: 'tablets-and', type: 'directory', ephemeral: false },
    ]);
    const { initial } = await conn.watchRecursive('tablets', AbortSignal.timeout(20_000));
    expect(initial).toHaveLength(1201);
  });

  it('are read though they do not fit into a message', async () => {
    for (let i = 0; i < 20; i++) await conn.create(`dir/${i}`, Buffer.alloc(4 * 1024 * 1024, i));
    const files = await conn.list('dir/');
    expect(files.map(({ contents }) => contents[0]).sort((a, b) => a - b)).toEqual([...files.keys()]);
    expect(files).toHaveLength(20);
  });
});

describe('locks', () => {
  it('exclude whoever queues as Vitess does', async () => {
    await conn.create('keyspaces/ks/Keyspace', bytes('1'));
    const theirs = (lease: string): string => `${root}/keyspaces/ks/locks/${lease}`;
    const lease = await gateway.putUnderLease(theirs, 'vtctld', 60);
    await expect(conn.tryLock('keyspaces/ks', 'x')).rejects.toEqual(code(Code.ALREADY_EXISTS));
    let held = false;
    const waiting = conn.lock('keyspaces/ks', 'ours').then((lock) => {
      held = true;
      return lock;
    });
    // Behind ours in the queue.
    const later = other.lock('keyspaces/ks', 'last', { signal: AbortSignal.timeout(300) });
    await expect(later).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    expect(held).toBe(false);
    await gateway.revoke(lease);
    const lock = await waiting;
    await lock.check();
    await lock.unlock();
  });

  it('is lost when its lease is revoked or its key removed, and its holder hears of it', async () => {
    for (const end of [
      (key: string) => gateway.revoke(key.slice(key.lastIndexOf('/') + 1)),
      (key: string) => gateway.remove(key),
    ]) {
      const lock = await conn.lockName('x', 'mine', { ttlMs: 1_000 });
      const lost = once(lock.lost, 'abort');
      const [{ key }] = await gateway.keys(`${root}/x/locks/`);
      await end(key);
      await lost;
      await expect(lock.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
      await expect(lock.unlock()).rejects.toEqual(code(Code.FAILED_PRECONDITION));

      const checked = await conn.lockName('x', 'mine');
      const [kv] = await gateway.keys(`${root}/x/locks/`);
      await end(kv.key);
      await expect(checked.check()).rejects.toEqual(code(Code.FAILED_PRECONDITION));
      expect(checked.lost.aborted).toBe(true);
    }
  });

  it('is kept for longer than its lease lasts', async () => {
    const lock = await conn.lockName('x', 'mine', { ttlMs: 1_000 });
    const wait = { signal: AbortSignal.timeout(4_000) };
    await expect(other.lockName('x', 'other', wait)).rejects.toEqual(code(Code.DEADLINE_EXCEEDED));
    await lock.check();
    await Promise.all([lock.unlock(), lock.unlock()]);
    expect(await gateway.keys(`${root}/x/`)).toEqual([]);
  });

  it('leaves nobody in the queue whose connection ended while he waited', async () => {
    const first = await other.lockName('x', 'first');
    const waits = ['second', 'third'].map((name) =>
      conn.lockName('x', name).catch((error: { code: Code }) => error.code),
    );
    await conn.lockName('x', 'fourth', { signal: AbortSignal.timeout(200) }).catch(() => undefined);
    // One more that has no place yet.
    waits.push(conn.lockName('x', 'fifth').catch((error: { code: Code }) => error.code));
    await conn.close();
    expect(await Promise.all(waits)).toEqual(Array(3).fill(Code.UNAVAILABLE));
    expect((await gateway.keys(`${root}/x/`)).map(({ value }) => value)).toEqual(['first']);
    await first.unlock();
  });

  it('hides a record that was deleted under its lock', async () => {
    await conn.create('keyspaces/ks/Keyspace', bytes('1'));
    const lock = await conn.lock('keyspaces/ks', 'delete');
    await conn.delete('keyspaces/ks/Keyspace', null);
    expect(await conn.listDir('keyspaces', true)).toEqual([
      { name: 'ks', type: 'directory', ephemeral: true },
    ]);
    await expect(other.lock('keyspaces/ks', 'x')).rejects.toEqual(code(Code.NOT_FOUND));
    await lock.unlock();
  });

  it('excludes another process, and is free within its lease once that was killed', async () => {
    const packages = resolve(__dirname, '../../../..');
    const child = spawn(
      process.execPath,
      [
        '--conditions=@vitess-ts/source',
        '--require',
        join(packages, 'tools/dev/swc-register.cjs'),
        join(__dirname, 'lock-holder.contract.ts'),
        ...[etcd.address, root, 'x', '2000'],
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
    expect(Date.now() - killedAt).toBeLessThan(4_000);
    await lock.unlock();
  });
});

describe('several servers', () => {
  it('are tried in turn, for reads and for writes', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const both = await EtcdConn.open({ address: `${dead},${etcd.address}`, root });
    await both.create('a', bytes('1'));
    expect((await both.get('a')).contents).toEqual(bytes('1'));
    await (await both.lockName('x', 'x')).unlock();
    const { changes } = await both.watch('a', AbortSignal.timeout(20_000));
    await conn.update('a', bytes('2'), null);
    expect((await changes[Symbol.asyncIterator]().next()).value.contents).toEqual(bytes('2'));
    await both.close();

    const none = await EtcdConn.open({ address: `${dead},${dead}`, root });
    await expect(none.get('a')).rejects.toEqual(code(Code.UNAVAILABLE));
    await none.close();
  });

  it.each(['', 'host', 'host:x', 'a:1,,b:2', 'http://', 'host:1/path'])(
    'refuses the address "%s"',
    async (address) => {
      await expect(EtcdConn.open({ address })).rejects.toEqual(code(Code.INVALID_ARGUMENT));
    },
  );
});
