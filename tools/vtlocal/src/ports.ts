import { createServer } from 'node:net';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Ports of one cluster, all derived from its base (see docs/ARCHITECTURE.md, ports). */
export interface ClusterPorts {
  vtctldHttp: number;
  vtctldGrpc: number;
  vtgateHttp: number;
  vtgateMysql: number;
  vtgateGrpc: number;
  etcdClient: number;
  etcdPeer: number;
  tablet(uid: number): { http: number; grpc: number; mysql: number };
}

export function clusterPorts(base: number): ClusterPorts {
  return {
    vtctldHttp: base,
    vtgateHttp: base + 1,
    vtgateMysql: base + 306,
    vtgateGrpc: base + 991,
    vtctldGrpc: base + 999,
    etcdClient: base + 379,
    etcdPeer: base + 380,
    tablet: (uid) => ({ http: base + uid, grpc: base + 1000 + uid, mysql: base + 2000 + uid }),
  };
}

/** Throws an error that names every busy port and, where it can be seen, the process that listens on it. */
export async function assertPortsFree(ports: readonly number[]): Promise<void> {
  const busy: number[] = [];
  for (const port of ports) if (!(await isFree(port))) busy.push(port);
  if (busy.length === 0) return;
  const owners = busy.map((port) => {
    const pid = listenerOf(port);
    return pid === undefined ? `${port}` : `${port} (pid ${pid})`;
  });
  throw new Error(
    `ports in use: ${owners.join(', ')}. Stop what listens there, or choose another --port-base.`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The pid that listens on a TCP port, from /proc; undefined when it is not visible to this user. */
export function listenerOf(port: number): number | undefined {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readLines(table)) {
      const columns = line.trim().split(/\s+/);
      const isListening = columns[3] === '0A';
      if (isListening && parseInt(columns[1]?.split(':').pop() ?? '', 16) === port)
        inodes.add(`socket:[${columns[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of readDirectory('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of readDirectory(`/proc/${pid}/fd`)) {
      if (inodes.has(readLink(`/proc/${pid}/fd/${fd}`))) return Number(pid);
    }
  }
  return undefined;
}

/** /proc changes while it is read, and other users' entries cannot be read: both read as empty. */
function orEmpty<T>(read: () => T, empty: T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ESRCH' || code === 'EPERM') return empty;
    throw error;
  }
}
const readLines = (path: string): string[] => orEmpty(() => readFileSync(path, 'utf8').split('\n'), []);
const readDirectory = (path: string): string[] => orEmpty(() => readdirSync(path), []);
const readLink = (path: string): string => orEmpty(() => readlinkSync(path), '');
