import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `--json` prints when the cluster is ready, and what the state file keeps. */
export interface ClusterInfo {
  vtgate: { mysql: string; grpc: string; http: string; pid: number };
  vtctld: { grpc: string; http: string; pid: number };
  /** `pid`: of etcd, where the cluster runs its own. */
  topo: { implementation: string; address: string; pid?: number };
  tablets: TabletInfo[];
}

export interface TabletInfo {
  alias: string;
  keyspace: string;
  shard: string;
  /** `primary`, `replica` or `rdonly`. */
  type: string;
  grpc: string;
  http: string;
  mysqlSocket: string;
  pid: number;
  mysqldPid: number;
}

/** A process is named by its pid and its start time, so that a reused pid is never taken for it. */
export interface ProcessId {
  pid: number;
  startTime: string;
}

/** A process of the cluster beside its supervisor. */
export interface MemberProcess extends ProcessId {
  /** A mysqld belongs to its tablet, which starts, takes over and stops it. */
  role: 'service' | 'mysqld';
}

export interface State {
  info: ClusterInfo;
  /** Process that owns the cluster (the foreground `vtlocal up`). */
  supervisor: ProcessId;
  processes: MemberProcess[];
}

const file = (dataDir: string): string => join(dataDir, 'vtlocal.json');

export function readState(dataDir: string): State | undefined {
  if (!existsSync(file(dataDir))) return undefined;
  return JSON.parse(readFileSync(file(dataDir), 'utf8')) as State;
}

/** Replaces the state as a whole: a reader sees the old one or the new one. */
export function writeState(dataDir: string, state: State): void {
  mkdirSync(dataDir, { recursive: true });
  const temporary = `${file(dataDir)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file(dataDir));
}

export function removeState(dataDir: string): void {
  rmSync(file(dataDir), { force: true });
}

/**
 * Field 22 of /proc/PID/stat: start time in clock ticks since boot; undefined when there is no such process, or when it
 * has ended and only waits for its parent to take note.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command in field 2 may hold spaces and parentheses: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'ESRCH'
    )
      return undefined;
    throw error;
  }
}

export function processId(pid: number): ProcessId {
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

export function isAlive(process: ProcessId): boolean {
  return process.startTime !== '' && startTimeOf(process.pid) === process.startTime;
}
