import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';
import { Bank, BANK_SCHEMA, BANK_VSCHEMA, auditBank } from './bank';

export type BankRole = 'vtgate' | 'vttablet' | 'mysqld';

/** Where in a commit the process dies; a step of the role that dies, or of the tablet whose mysqld does. */
export const CRASH_STEPS: Readonly<Record<BankRole, readonly string[]>> = {
  vtgate: ['created', 'prepared', 'decided', 'committed'],
  vttablet: ['create', 'created', 'prepare', 'prepared', 'decide', 'decided', 'commit', 'committed'],
  mysqld: ['create', 'created', 'prepare', 'prepared', 'decide', 'decided', 'commit', 'committed'],
};

const POLL_MS = 20;
const LIMIT_MS = 60_000;
/** After the last kill no transaction may be in doubt for longer. */
const IN_DOUBT_LIMIT_MS = 30_000;

/** A bank on four shards whose processes are killed, at random or at a step of a commit. */
export class BankCluster {
  readonly bank: Bank;
  private turn = 0;

  private constructor(
    private readonly root: string,
    private readonly cluster: LocalCluster,
    private readonly crashFile: string,
    clients: number,
  ) {
    this.bank = new Bank(() => cluster.connect('ks'), clients);
  }

  static async start(portBase: number, clients: number): Promise<BankCluster> {
    const root = await mkdtemp(join(tmpdir(), 'vtb-'));
    const schema = join(root, 'schema', 'ks');
    await mkdir(schema, { recursive: true });
    await writeFile(join(schema, 'schema.sql'), BANK_SCHEMA);
    await writeFile(join(schema, 'vschema.json'), JSON.stringify(BANK_VSCHEMA));
    const crashFile = join(root, 'crash');
    const args = ['--keyspaces', 'ks', '--num-shards', '4', '--schema-dir', join(root, 'schema')];
    try {
      const cluster = await LocalCluster.start({
        portBase,
        dataDir: join(root, 'data'),
        args: [...args, '--processes', '--topo', 'file'],
        env: { VT_TWOPC_CRASH_FILE: crashFile },
      });
      const bank = new BankCluster(root, cluster, crashFile, clients);
      await bank.withConnection((db) => Bank.fill(db));
      return bank;
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  /** Kills a process of a role now; roles with several take turns. Resolves when transfers go through again. */
  async kill(role: BankRole): Promise<void> {
    const pids = await this.pidsOf(role);
    const pid = pids[this.turn++ % pids.length];
    const sinceMs = performance.now();
    process.kill(pid, 'SIGKILL');
    await this.until(`another ${role} than ${pid}`, async () => !(await this.pidsOf(role)).includes(pid));
    await this.untilServed(sinceMs);
  }

  /** Has a process of a role die at a step of the next commit that comes there. Resolves when transfers go through again. */
  async crashAt(role: BankRole, step: string): Promise<void> {
    const before = new Set(await this.pidsOf(role));
    // Whole at once: processes read it at any time.
    await writeFile(`${this.crashFile}.new`, `${step} ${role}`);
    await rename(`${this.crashFile}.new`, this.crashFile);
    await this.until(`the crash of ${role} at ${step}`, async () => !existsSync(this.crashFile));
    const sinceMs = performance.now();
    await this.until(`another ${role}`, async () =>
      (await this.pidsOf(role)).some((pid) => !before.has(pid)),
    );
    await this.untilServed(sinceMs);
  }

  /** Resolves to the milliseconds until no transaction was in doubt. */
  async untilResolved(): Promise<number> {
    const sinceMs = performance.now();
    for (;;) {
      const left = await this.inDoubt().catch((error: unknown) => [String(error)]);
      const ms = performance.now() - sinceMs;
      if (left.length === 0) return ms;
      if (ms > IN_DOUBT_LIMIT_MS)
        throw new Error(`in doubt after ${IN_DOUBT_LIMIT_MS} ms: ${left.join(', ')}`);
      await delay(100);
    }
  }

  audit(): Promise<string[]> {
    return this.withConnection((db) => auditBank(db, this.bank.transfers));
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  async withConnection<T>(task: (db: MysqlConnection) => Promise<T>): Promise<T> {
    const db = await this.cluster.connect('ks');
    try {
      return await task(db);
    } finally {
      await db.close();
    }
  }

  /** What the shards' servers themselves have on record of commits that are not ended. */
  private async inDoubt(): Promise<string[]> {
    const info = await this.cluster.refreshInfo();
    const lists = await Promise.all(
      info.tablets.map(async ({ mysqlSocket, shard }) => {
        const db = await MysqlConnection.connect({ socketPath: mysqlSocket, user: 'vt_dba' });
        try {
          const { rows } = await db.query(
            `SELECT 'decision', dtid FROM _vt.dt_state UNION ALL SELECT 'redo', dtid FROM _vt.redo_state`,
          );
          return rows.rows().map(([what, dtid]) => `${shard} ${String(what)} ${String(dtid)}`);
        } finally {
          await db.close();
        }
      }),
    );
    return lists.flat();
  }

  /** Several transfers that were begun after the fault went through, so all shards of some kind answer. */
  private async untilServed(sinceMs: number): Promise<void> {
    const { bank } = this;
    await this.until('transfers to go through again', async () => bank.acknowledgedSince(sinceMs) >= 30);
  }

  private async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    while (!(await condition())) {
      if (performance.now() > deadline) {
        throw new Error(
          `waited ${LIMIT_MS} ms for ${what}; errors:\n${this.bank.errors().slice(0, 8).join('\n')}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  private async pidsOf(role: BankRole): Promise<number[]> {
    const info = await this.cluster.refreshInfo();
    if (role === 'vtgate') return [info.vtgate.pid];
    if (role === 'vttablet') return info.tablets.map((t) => t.pid);
    return Promise.all(info.tablets.map((t) => this.mysqldPid(t.alias)));
  }

  private async mysqldPid(alias: string): Promise<number> {
    const file = join(this.cluster.dataDir, 'tablets', alias, 'mysqld.json');
    return (JSON.parse(await readFile(file, 'utf8')) as { pid: number | null }).pid ?? 0;
  }
}
