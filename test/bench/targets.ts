import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, LocalCluster, startMariadb, type ClusterInfo } from '@vitess-ts/testkit';
import type { TargetName } from './bench-options';
import type { Disposers } from './disposers';
import { SYSBENCH_KEYSPACE, writeSysbenchSchema } from './sysbench-schema';
import type { SysbenchAddress } from './sysbench';

/** Something that answers sysbench. */
export interface Target {
  name: TargetName;
  address: SysbenchAddress;
  /** Which database holds the rows: targets of the same one are loaded once. */
  data: string;
  /** Its processes by role. */
  processes: Record<string, number[]>;
}

const USER = { user: 'bench', password: 'bench', database: SYSBENCH_KEYSPACE };

/** Ports of each cluster: as far apart as vtlocal needs. */
const PORT_BASES: Partial<Record<TargetName, number>> = {
  'one-process': 6000,
  'two-shards': 9000,
  processes: 12_000,
};

export function missingPrograms(names: readonly TargetName[]): { required: string[]; skipped: TargetName[] } {
  const required = hasProgram('sysbench') ? [] : ['sysbench'];
  const skipped = names.filter((name) => name === 'haproxy' && !hasProgram('haproxy'));
  return { required, skipped };
}

function hasProgram(name: string): boolean {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
  return path.split(':').some((dir) => dir !== '' && existsSync(join(dir, name)));
}

/** Starts the targets, all at the same time so that their runs can alternate. What was started is in `disposers`. */
export async function startTargets(
  names: readonly TargetName[],
  tables: number,
  disposers: Disposers,
): Promise<Target[]> {
  const direct = names.some((name) => PORT_BASES[name] === undefined)
    ? await startDirect(disposers)
    : undefined;
  const targets: Target[] = [];
  for (const name of names) {
    targets.push(
      direct !== undefined && PORT_BASES[name] === undefined
        ? await direct(name)
        : await startCluster(name, tables, disposers),
    );
  }
  return targets;
}

async function startDirect(disposers: Disposers): Promise<(name: TargetName) => Promise<Target>> {
  const port = await freePort();
  const server = await startMariadb({ port });
  disposers.add(() => server.stop());
  for (const host of ['localhost', '127.0.0.1']) {
    await server.sql(`create user ${USER.user}@'${host}' identified by '${USER.password}'`);
    await server.sql(`grant all on *.* to ${USER.user}@'${host}'`);
  }
  await server.sql(`create database ${USER.database}`);
  const mariadbd = [server.mysqld.processId as number];
  return async (name) => {
    const target: Target = { name, data: 'direct', address: { ...USER, port }, processes: { mariadbd } };
    if (name === 'direct') target.address = { ...USER, socket: server.params.socketPath };
    if (name === 'haproxy') {
      const hop = await startHaproxy(port, disposers);
      target.address = { ...USER, port: hop.port };
      target.processes = { haproxy: [hop.pid], mariadbd };
    }
    return target;
  };
}

async function startHaproxy(
  serverPort: number,
  disposers: Disposers,
): Promise<{ port: number; pid: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'vt-haproxy-'));
  disposers.add(() => rmSync(dir, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(dir, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode tcp
  timeout connect 5s
  timeout client 10m
  timeout server 10m
listen mysql
  bind 127.0.0.1:${port}
  server mariadb 127.0.0.1:${serverPort}
`,
  );
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'], env });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
  disposers.add(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await Promise.race([
    listening(port),
    ended.then(() => Promise.reject(new Error(`haproxy ended at once; see its message above`))),
  ]);
  return { port, pid: child.pid as number };
}

/** Resolves when something accepts connections. */
async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const accepts = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (accepts) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts the cluster of a target: `vtlocal` as a user runs it. */
export async function startCluster(
  name: TargetName,
  tables: number,
  disposers: Disposers,
  more: readonly string[] = [],
): Promise<Target> {
  const dir = mkdtempSync(join(tmpdir(), 'vt-bench-'));
  disposers.add(() => rmSync(dir, { recursive: true, force: true }));
  const shards =
    name === 'one-process'
      ? ['--keyspaces', SYSBENCH_KEYSPACE, '--num-shards', '1']
      : writeSysbenchSchema(join(dir, 'schema'), tables);
  const args = [...shards, ...(name === 'processes' ? ['--processes', '--topo', topology()] : []), ...more];
  const dataDir = join(dir, 'data');
  const cluster = await LocalCluster.start({ args, dataDir, portBase: PORT_BASES[name] ?? 15_000 });
  disposers.add(() => cluster.stop());
  return {
    name,
    data: name,
    address: { ...USER, port: cluster.mysqlPort },
    processes: processesOf(cluster.info),
  };
}

function processesOf({ vtgate, tablets }: ClusterInfo): Record<string, number[]> {
  const mariadbd = tablets.map((t) => t.mysqldPid);
  if (tablets.every((t) => t.pid === vtgate.pid)) return { 'vtgate+vttablet': [vtgate.pid], mariadbd };
  return { vtgate: [vtgate.pid], vttablet: tablets.map((t) => t.pid), mariadbd };
}

/** As in production where etcd is installed. */
function topology(): 'etcd' | 'file' {
  return ['/usr/bin/etcd', '/usr/local/bin/etcd'].some(existsSync) ? 'etcd' : 'file';
}
