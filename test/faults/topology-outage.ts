import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LocalCluster, SteadyLoad, pauseProcess } from '@vitess-ts/testkit';

const PORT_BASE = 6_000;
const vtctl = join(__dirname, '..', '..', 'clients', 'vtctl', 'bin', 'vtctl.js');
const hash = { column_vindexes: [{ column: 'id', name: 'hash' }] };
const vschemaOf = (tables: string[]): string =>
  JSON.stringify({
    sharded: true,
    vindexes: { hash: { type: 'hash' } },
    tables: Object.fromEntries(tables.map((name) => [name, hash])),
  });

/**
 * Stops etcd for a while under reads and writes, then changes the vschema. Prints what statements and the change saw;
 * resolves to false when a statement failed, or the change was not known to the gate within a second.
 */
export async function topologyOutage(seconds: number): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'vto-'));
  const schema = join(root, 'schema', 'ks');
  await mkdir(schema, { recursive: true });
  await writeFile(
    join(schema, 'schema.sql'),
    'create table t (id bigint primary key, v varchar(40));\ncreate table u (id bigint primary key);\n',
  );
  await writeFile(join(schema, 'vschema.json'), vschemaOf(['t']));
  const cluster = await LocalCluster.start({
    portBase: PORT_BASE,
    args: [
      ...['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', join(root, 'schema')],
      ...['--processes', '--topo', 'etcd'],
    ],
  });
  const base = Date.now() * 1000;
  const load = new SteadyLoad({
    connect: () => cluster.connect('ks'),
    statement: (n) => {
      if (n % 7 === 0) return `select id as c${n} from t where id = ${n}`;
      return n % 2 === 0
        ? `select v from t where id = ${base + n - 1}`
        : `insert into t values (${base + n}, 'x')`;
    },
  });
  try {
    await load.more(100, 30_000);
    const { pid } = cluster.info.topo;
    if (pid === undefined) throw new Error('the cluster has no etcd of its own');
    await pauseProcess(pid);
    const endMs = performance.now() + seconds * 1000;
    while (performance.now() < endMs) {
      await delay(Math.min(10_000, Math.max(1, endMs - performance.now())));
      process.stderr.write(`etcd is away; ${load.done} statements, ${load.failures.length} failed\n`);
    }
    process.kill(pid, 'SIGCONT');
    const seenMs = await vschemaChange(cluster);
    await load.more(100, 30_000);
    await load.stop();
    process.stdout.write(
      `etcd stopped for ${seconds} s: ${load.done} statements, ${load.failures.length} errors, slowest ${Math.round(load.slowestMs)} ms\n` +
        `a vschema change after its return is seen by the gate ${Math.round(seenMs)} ms after it was stored\n`,
    );
    for (const failure of load.failures.slice(0, 5)) process.stdout.write(`  ${failure.message}\n`);
    return load.failures.length === 0 && seenMs <= 1000;
  } finally {
    await load.stop();
    await cluster.stop();
    await rm(root, { recursive: true, force: true });
  }
}

/** Milliseconds from the end of ApplyVSchema to the first answer of the gate that shows the new table. */
async function vschemaChange(cluster: LocalCluster): Promise<number> {
  const args = [vtctl, '--server', cluster.info.vtctld.grpc];
  const apply = ['ApplyVSchema', '--vschema', vschemaOf(['t', 'u']), 'ks'];
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    try {
      await promisify(execFile)(process.execPath, [...args, ...apply]);
      break;
    } catch (error) {
      // etcd has just come back: vtctld may still find it away.
      if (performance.now() > deadlineMs) throw error;
    }
  }
  const storedMs = performance.now();
  const db = await cluster.connect('ks');
  try {
    for (;;) {
      const { rows } = await db.query('show vschema tables');
      const names = Array.from({ length: rows.length }, (_, i) => rows.value(i, 0)?.toString());
      if (names.includes('u')) return performance.now() - storedMs;
      if (performance.now() > storedMs + 30_000) throw new Error('the gate never saw the vschema change');
      await delay(10);
    }
  } finally {
    db.destroy();
  }
}
