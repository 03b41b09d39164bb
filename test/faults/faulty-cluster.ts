import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';
import { KINDS, Ledger } from './ledger';
import { COUNTERS, SCHEMA, VSCHEMA, Writers } from './writers';

export type Role = 'vtgate' | 'vttablet' | 'mysqld' | 'vtctld' | 'etcd';

/** How long the load goes on after a fault when all serves again. */
const SETTLE_MS = 700;
const SERVICE_LIMIT_MS = 30_000;
const POLL_MS = 10;

/** A cluster of two shards under load, whose processes are killed. */
export class FaultyCluster {
  readonly ledger = new Ledger();
  private readonly writers: Writers;
  private turn = 0;

  private constructor(
    private readonly root: string,
    private readonly cluster: LocalCluster,
  ) {
    this.writers = new Writers(this.ledger, () => this.cluster.connect('ks'));
  }

  static async start(portBase: number, topo: 'file' | 'etcd'): Promise<FaultyCluster> {
    const root = await mkdtemp(join(tmpdir(), 'vtf-'));
    const schema = join(root, 'schema', 'ks');
    await mkdir(schema, { recursive: true });
    await writeFile(join(schema, 'schema.sql'), SCHEMA);
    await writeFile(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
    const layout = ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', join(root, 'schema')];
    const args = [...layout, '--processes', '--topo', topo];
    try {
      const cluster = await LocalCluster.start({ portBase, dataDir: join(root, 'data'), args });
      const faulty = new FaultyCluster(root, cluster);
      const values = COUNTERS.map((id) => `(${id}, 0)`).join(', ');
      await faulty.withConnection((db) => db.query(`insert into counter (id, value) values ${values}`));
      return faulty;
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  get writerCount(): number {
    return this.writers.count;
  }

  /** Starts the load and waits until each kind of write goes through. */
  async startLoad(): Promise<void> {
    const sinceMs = performance.now();
    this.writers.start();
    await this.untilServed(sinceMs);
  }

  /** Stops the load and resolves when the last writer has its answer. */
  stopLoad(): Promise<void> {
    return this.writers.stop();
  }

  /**
   * Kills one process of a role as a crash does; roles with several take turns. Resolves to the time in milliseconds
   * until each kind of write was acknowledged again, one that was begun after the fault.
   */
  async kill(role: Role): Promise<number> {
    const pid = await this.livePid(role);
    const sinceMs = performance.now();
    process.kill(pid, 'SIGKILL');
    await this.untilReplaced(role, pid);
    const servedMs = await this.untilServed(sinceMs);
    await delay(SETTLE_MS);
    return servedMs - sinceMs;
  }

  async withConnection<T>(task: (db: MysqlConnection) => Promise<T>): Promise<T> {
    const db = await this.cluster.connect('ks');
    try {
      return await task(db);
    } finally {
      await db.close();
    }
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Time at which all was acknowledged again: each kind of write, and an update on each shard. */
  private async untilServed(sinceMs: number): Promise<number> {
    const { ledger } = this;
    for (;;) {
      const first = [
        ...KINDS.map((kind) => ledger.firstAcknowledged(kind, sinceMs)),
        ...COUNTERS.map((id) => ledger.firstAcknowledged('counter', sinceMs, id)),
      ];
      if (first.every((w) => w !== undefined)) return Math.max(...first.map((w) => w.endMs));
      if (performance.now() - sinceMs > SERVICE_LIMIT_MS) {
        const missing = [...KINDS, ...COUNTERS].filter((_, i) => first[i] === undefined);
        const last = ledger.writes.filter((w) => w.error !== undefined).at(-1);
        throw new Error(
          `not served again in ${SERVICE_LIMIT_MS} ms: ${missing.join(', ')}; last error: ${last?.error}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /** A kill that is not noticed would prove nothing: the supervisor or tablet has to start another process. */
  private async untilReplaced(role: Role, before: number): Promise<void> {
    const deadline = performance.now() + SERVICE_LIMIT_MS;
    while ((await this.pidsOf(role)).includes(before)) {
      if (performance.now() > deadline) throw new Error(`${role} was not started again`);
      await delay(POLL_MS);
    }
  }

  private async livePid(role: Role): Promise<number> {
    const pids = await this.pidsOf(role);
    const pid = pids[this.turn++ % pids.length];
    if (pid === undefined || pid === 0) throw new Error(`there is no ${role} to kill`);
    return pid;
  }

  private async pidsOf(role: Role): Promise<number[]> {
    const info = await this.cluster.refreshInfo();
    switch (role) {
      case 'vtgate':
        return [info.vtgate.pid];
      case 'vtctld':
        return [info.vtctld.pid];
      case 'vttablet':
        return info.tablets.map((t) => t.pid);
      case 'mysqld':
        return Promise.all(info.tablets.map((t) => this.mysqldPid(t.alias)));
      case 'etcd':
        return [info.topo.pid ?? 0];
    }
  }

  /** From the tablet's own directory, which is never behind. */
  private async mysqldPid(alias: string): Promise<number> {
    const file = join(this.cluster.dataDir, 'tablets', alias, 'mysqld.json');
    return (JSON.parse(await readFile(file, 'utf8')) as { pid: number | null }).pid ?? 0;
  }
}
