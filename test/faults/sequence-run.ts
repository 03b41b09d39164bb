import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';

const CACHE = 100;
const SCHEMA = `
create table ids (id bigint primary key, next_id bigint, cache bigint) comment 'vitess_sequence';
insert into ids (id, next_id, cache) values (0, 1, ${CACHE});
`;
const VSCHEMA = { sharded: false, tables: { ids: { type: 'sequence' } } };

const RECONNECT_MS = 20;
const STATEMENT_LIMIT_MS = 40_000;
const SERVICE_LIMIT_MS = 60_000;
/** Most ids that one statement takes. */
const MOST_AT_A_TIME = 20;

export type SequenceRole = 'gate' | 'second gate' | 'vttablet' | 'mysqld';

export interface SequenceFigures {
  /** Ids that writers were given. */
  given: number;
  /** Ids that were given twice. */
  twice: number[];
  kills: number;
  /** Statements that failed. */
  failures: number;
  largest: number;
}

/** Several writers that take ids of one sequence through two gates, while processes are killed. */
export class SequenceRun {
  private readonly given: number[] = [];
  private readonly seen = new Set<number>();
  private readonly twice: number[] = [];
  private gate?: ChildProcess;
  private kills = 0;
  private failures = 0;

  private constructor(
    private readonly root: string,
    private readonly cluster: LocalCluster,
    private readonly secondPort: number,
  ) {}

  static async start(portBase: number): Promise<SequenceRun> {
    const root = await mkdtemp(join(tmpdir(), 'vts-'));
    const schema = join(root, 'schema', 'seq');
    await mkdir(schema, { recursive: true });
    await writeFile(join(schema, 'schema.sql'), SCHEMA);
    await writeFile(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
    const args = ['--keyspaces', 'seq', '--num-shards', '1', '--schema-dir', join(root, 'schema')];
    try {
      const cluster = await LocalCluster.start({
        portBase,
        dataDir: join(root, 'data'),
        args: [...args, '--processes', '--topo', 'file'],
      });
      const run = new SequenceRun(root, cluster, portBase + 320);
      run.startSecondGate();
      return run;
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  /** `kill`: who dies, one after the other, evenly over the run. */
  async take(writers: number, idsEach: number, kill: readonly SequenceRole[]): Promise<SequenceFigures> {
    const all = writers * idsEach;
    const working = Array.from({ length: writers }, (_, i) => this.write(i, idsEach));
    for (const [i, role] of kill.entries()) {
      const wanted = Math.floor((all * (i + 1)) / (kill.length + 1));
      await this.until(`${wanted} ids`, () => this.given.length >= wanted);
      await this.kill(role);
    }
    await Promise.all(working);
    const { given, twice, kills, failures } = this;
    return { given: given.length, twice, kills, failures, largest: Math.max(...given) };
  }

  async stop(): Promise<void> {
    const { gate } = this;
    this.gate = undefined;
    gate?.kill('SIGKILL');
    await this.cluster.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  private async write(writer: number, ids: number): Promise<void> {
    let left = ids;
    for (let turn = writer; left > 0; turn++) {
      const db = await this.connect(turn % 2 === 0).catch(() => undefined);
      if (db === undefined) {
        await delay(RECONNECT_MS);
        continue;
      }
      try {
        while (left > 0) {
          const count = Math.min(left, 1 + Math.floor(Math.random() * MOST_AT_A_TIME));
          const { rows } = await db.query(`select next ${count} values from ids`, {
            timeoutMs: STATEMENT_LIMIT_MS,
          });
          this.note(Number(String(rows.value(0, 0))), count);
          left -= count;
        }
      } catch {
        this.failures++;
        // What was taken and not told is a gap; another connection goes on.
      } finally {
        db.destroy();
      }
    }
  }

  private note(first: number, count: number): void {
    for (let id = first; id < first + count; id++) {
      if (this.seen.has(id)) this.twice.push(id);
      this.seen.add(id);
      this.given.push(id);
    }
  }

  private connect(first: boolean): Promise<MysqlConnection> {
    if (first) return this.cluster.connect('seq');
    return MysqlConnection.connect({
      host: '127.0.0.1',
      port: this.secondPort,
      user: 'test',
      database: 'seq',
    });
  }

  private startSecondGate(): void {
    const { topo } = this.cluster.info;
    const main = join(__dirname, '..', '..', 'services', 'vtgate', 'bin', 'vtgate.js');
    const gate = spawn(
      process.execPath,
      [
        main,
        ...['--topo-implementation', topo.implementation, '--topo-global-server-address', topo.address],
        ...['--topo-global-root', '/vitess/global', '--cell', 'zone1'],
        ...['--mysql-server-port', String(this.secondPort)],
      ],
      { stdio: 'ignore' },
    );
    this.gate = gate;
    gate.once('exit', () => {
      if (this.gate === gate) this.startSecondGate();
    });
  }

  private async kill(role: SequenceRole): Promise<void> {
    this.kills++;
    const before = this.given.length;
    if (role === 'second gate') this.gate?.kill('SIGKILL');
    else process.kill(await this.pidOf(role), 'SIGKILL');
    await this.until('ids after a kill', () => this.given.length > before + MOST_AT_A_TIME * 10);
  }

  private async pidOf(role: SequenceRole): Promise<number> {
    const info = await this.cluster.refreshInfo();
    const [tablet] = info.tablets;
    if (role === 'gate') return info.vtgate.pid;
    if (role === 'vttablet') return tablet.pid;
    const file = join(this.cluster.dataDir, 'tablets', tablet.alias, 'mysqld.json');
    return (JSON.parse(await readFile(file, 'utf8')) as { pid: number }).pid;
  }

  private async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + SERVICE_LIMIT_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`waited ${SERVICE_LIMIT_MS} ms for ${what}`);
      await delay(10);
    }
  }
}

const ROLES: readonly SequenceRole[] = ['second gate', 'vttablet', 'mysqld', 'gate'];

/** The long form: 8 writers; each role dies `rounds` times. Returns the exit code. */
export async function sequenceSoak(portBase: number, idsEach: number, rounds: number): Promise<number> {
  const run = await SequenceRun.start(portBase);
  try {
    const kill = Array.from({ length: rounds }, () => ROLES).flat();
    const { given, twice, kills, failures, largest } = await run.take(8, idsEach, kill);
    process.stdout.write(
      `ids: ${given} given to 8 writers through two gates, ${kills} kills, ${failures} statements failed, ` +
        `largest id ${largest}\n${twice.length === 0 ? 'No id was given twice.' : `GIVEN TWICE: ${twice.slice(0, 20).join(', ')}`}\n`,
    );
    return twice.length === 0 ? 0 : 1;
  } finally {
    await run.stop();
  }
}
