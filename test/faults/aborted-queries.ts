import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Mutex } from '@vitess-ts/base';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';
import { publishedVariables } from './published-variables';

/** How a query's client goes away, or its query ends before its time. */
export type Ending = 'close' | 'quit' | 'kill query' | 'kill connection' | 'deadline' | 'leave';
export const ENDINGS: readonly Ending[] = [
  'close',
  'quit',
  'kill query',
  'kill connection',
  'deadline',
  'leave',
];

/** Statements that each keep shards and the gate busy, by what the gate does for them. */
const queries: Readonly<Record<string, string>> = {
  route: `select id, sha2(repeat(name, 2000), 512) as h from item`,
  'route of one shard': `select sha2(repeat(name, 200000), 512) as h from item where id = 7 or id in (8, 9)`,
  join: `select a.id, b.name, sha2(repeat(b.name, 500), 256) as h from item a join part b on a.part = b.id`,
  'merge sort': `select id, name, pad from item order by name, id`,
  'memory sort': `select a.id, b.name from item a join part b on a.part = b.id order by b.name, a.id`,
  aggregate: `select name, count(*), max(sha2(repeat(pad, 200), 512)) as h from item group by name`,
  'distinct aggregate': `select part, count(distinct name, pad) from item group by part`,
  scratch: `select id, row_number() over (order by name, id) as r from item`,
  'scratch of two tables': `select a.id, (select count(*) from part b where b.name > a.name) as c from item a`,
  union: `select name from item union select name from part`,
};
export const KINDS: readonly string[] = Object.keys(queries);

const ROWS = 6000;
const SCHEMA = `
create table item (id bigint not null primary key, part bigint not null, name varchar(40) not null, pad varchar(200) not null);
create table part (id bigint not null primary key, name varchar(40) not null);
`;
const VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: {
    item: { column_vindexes: [{ column: 'id', name: 'hash' }] },
    part: { column_vindexes: [{ column: 'id', name: 'hash' }] },
  },
};

/** What is still there of queries that have ended. */
export interface Leftovers {
  /** Statements of the application that mysqlds run. */
  running: string[];
  /** Places in use, by tablet and pool. */
  inUse: string[];
  /** Files of temporary tables. */
  temporaryFiles: string[];
  /** Clients that the gate believes to have, but for ours. */
  clients: number;
  scratch: number;
}

export interface Memory {
  gateHeap: number;
  gateResident: number;
  tabletHeap: number;
}

/** A cluster of two shards whose queries are broken off in all ways there are. */
export class AbortedQueries {
  /** Aborted queries by kind and ending. */
  readonly counts = new Map<string, number>();
  private readonly watchers: MysqlConnection[] = [];
  private readonly killing = new Mutex();
  private next = 0;

  private constructor(
    private readonly root: string,
    private readonly cluster: LocalCluster,
    private readonly killer: MysqlConnection,
  ) {}

  static async start(portBase: number): Promise<AbortedQueries> {
    const root = await mkdtemp(join(tmpdir(), 'vta-'));
    const schema = join(root, 'schema', 'ks');
    await mkdir(schema, { recursive: true });
    await writeFile(join(schema, 'schema.sql'), SCHEMA);
    await writeFile(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
    const args = [
      '--keyspaces',
      'ks',
      '--num-shards',
      '2',
      '--schema-dir',
      join(root, 'schema'),
      '--processes',
    ];
    let cluster: LocalCluster | undefined;
    try {
      cluster = await LocalCluster.start({ portBase, dataDir: join(root, 'data'), args });
      const killer = await cluster.connect('ks');
      await fill(killer);
      const aborted = new AbortedQueries(root, cluster, killer);
      await aborted.watch();
      return aborted;
    } catch (error) {
      await cluster?.stop();
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const watcher of this.watchers) await watcher.close();
    await this.killer.close();
    await this.cluster.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Breaks off `count` queries, some at a time; all kinds and endings take turns. */
  async abort(count: number, parallel = 6): Promise<void> {
    const last = this.next + count;
    const worker = async (): Promise<void> => {
      while (this.next < last) {
        const turn = this.next++;
        const kind = KINDS[turn % KINDS.length];
        const ending = ENDINGS[Math.floor(turn / KINDS.length) % ENDINGS.length];
        await this.abortOne(kind, ending, ((turn * 37) % 60) + 1);
        const key = `${kind}, ${ending}`;
        this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }

  /** Resolves to the milliseconds from an ending until no shard runs anything of the query. */
  async timeToStop(kind: string, ending: Ending): Promise<number> {
    let endedMs = 0;
    const aborting = this.abortOne(kind, ending, 150, () => (endedMs = performance.now()));
    await aborting;
    while ((await this.running()).length > 0) await delay(5);
    return performance.now() - endedMs;
  }

  /** What is left; empty when all was cleaned up. */
  async leftovers(): Promise<Leftovers> {
    const { tablets, vtgate } = this.cluster.info;
    const inUse: string[] = [];
    for (const { alias, http } of tablets) {
      const vars = await publishedVariables(http);
      for (const pool of pools) {
        const used = Number(vars[`${pool}InUse`] ?? vars[`${pool}Active`] ?? 0);
        if (used > 0) inUse.push(`${alias} ${pool} ${used}`);
      }
    }
    const gate = await publishedVariables(vtgate.http);
    return {
      running: await this.running(),
      inUse,
      temporaryFiles: await this.temporaryFiles(),
      clients: Number(gate.MysqlServerConnCount) - 1,
      scratch: Number(gate.ScratchQueriesOpen),
    };
  }

  /** Which kinds of leftovers there were at some time until the work has ended. */
  async seenUntil(
    work: Promise<void>,
  ): Promise<Record<'running' | 'inUse' | 'clients' | 'scratch', boolean>> {
    const seen = { running: false, inUse: false, clients: false, scratch: false };
    let ended = false;
    const watched = work.finally(() => (ended = true));
    while (!ended) {
      const now = await this.leftovers();
      seen.running ||= now.running.length > 0;
      seen.inUse ||= now.inUse.length > 0;
      seen.clients ||= now.clients > 0;
      seen.scratch ||= now.scratch > 0;
      await Promise.race([watched, delay(20)]);
    }
    await watched;
    return seen;
  }

  /** Polls until nothing is left, or the limit; resolves to what is left then, and the time that it took. */
  async settled(limitMs: number): Promise<{ left: Leftovers; ms: number }> {
    const startedMs = performance.now();
    for (;;) {
      const left = await this.leftovers();
      const ms = performance.now() - startedMs;
      if (isNothing(left) || ms > limitMs) return { left, ms };
      await delay(20);
    }
  }

  async memory(): Promise<Memory> {
    const { tablets, vtgate } = this.cluster.info;
    const gate = await publishedVariables(vtgate.http);
    const tabletHeaps = await Promise.all(tablets.map(async (t) => publishedVariables(t.http)));
    return {
      gateHeap: Number(gate.ProcessHeapBytes),
      gateResident: Number(gate.ProcessResidentMemoryBytes),
      tabletHeap: Math.max(...tabletHeaps.map((v) => Number(v.ProcessHeapBytes))),
    };
  }

  private async abortOne(kind: string, ending: Ending, afterMs: number, onEnd?: () => void): Promise<void> {
    const client = await this.cluster.connect('ks');
    try {
      if (ending === 'deadline') await client.query(`set query_timeout = ${afterMs}`);
      if (kind.length % 2 === 0) await client.query(`set workload = olap`);
      const query = this.run(client, queries[kind], ending === 'leave');
      if (ending !== 'leave' && ending !== 'deadline') {
        await Promise.race([query, delay(afterMs)]);
        onEnd?.();
        await this.end(client, ending);
      }
      await query;
      if (ending === 'leave' || ending === 'deadline') onEnd?.();
    } finally {
      client.destroy();
    }
  }

  /** Reads a query's rows, or only the first; its error is what was asked for. */
  private async run(client: MysqlConnection, sql: string, leave: boolean): Promise<void> {
    try {
      for await (const _ of client.queryStream(sql)) if (leave) return;
    } catch (error) {
      const errno = (error as { errno?: number }).errno;
      if (errno === undefined || !expectedErrors.has(errno)) throw error;
    }
  }

  private async end(client: MysqlConnection, ending: Ending): Promise<void> {
    switch (ending) {
      case 'kill query':
      case 'kill connection':
        return this.kill(ending, client.connectionId);
      case 'quit':
        // A client that says so while its query runs, as a program does that ends.
        sayQuit(client);
        return;
      default:
        client.destroy();
    }
  }

  private async kill(how: string, connectionId: number): Promise<void> {
    const release = await this.killing.acquire();
    try {
      await this.killer.query(`${how} ${connectionId}`);
    } catch (error) {
      if ((error as { errno?: number }).errno !== NO_SUCH_THREAD) throw error;
    } finally {
      release();
    }
  }

  private async watch(): Promise<void> {
    for (const { mysqlSocket } of this.cluster.info.tablets) {
      this.watchers.push(await MysqlConnection.connect({ socketPath: mysqlSocket, user: 'vt_dba' }));
    }
  }

  /** Statements of the application's account, but for those that end something. */
  private async running(): Promise<string[]> {
    const sql =
      `select info from information_schema.processlist where user like 'vt_app%' and command in ('Query', 'Execute') ` +
      `and (info like '%item%' or info like '%part%' or info like '%scratch%')`;
    const all = await Promise.all(this.watchers.map((watcher) => watcher.query(sql)));
    return all.flatMap((result) => result.rows.rows().map(([info]) => info?.toString().slice(0, 120) ?? ''));
  }

  private async temporaryFiles(): Promise<string[]> {
    const found: string[] = [];
    for (const watcher of this.watchers) {
      const { rows } = await watcher.query('select @@tmpdir');
      const dir = rows.value(0, 0)?.toString() ?? '';
      const mine = dir.startsWith(dirname(this.root)) && dir !== tmpdir();
      if (!mine) continue;
      found.push(...(await readdir(dir)).filter((name) => name.startsWith('#sql')));
    }
    return found;
  }
}

/** KILL, statement time, lost connection. */
const expectedErrors: ReadonlySet<number> = new Set([1317, 1969, 3024, 2013, 2006, 1927, 1205]);
const NO_SUCH_THREAD = 1094;
const pools = [
  'ConnPool',
  'StreamConnPool',
  'TransactionPool',
  'ReservedPool',
  'TransactionConnPool',
  'FoundRowsPool',
];

export function isNothing(left: Leftovers): boolean {
  const lists = [left.running, left.inUse, left.temporaryFiles];
  return lists.every((list) => list.length === 0) && left.clients === 0 && left.scratch === 0;
}

async function fill(db: MysqlConnection): Promise<void> {
  const values = (make: (i: number) => string, from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => make(from + i)).join(', ');
  for (let from = 1; from <= ROWS; from += 1000) {
    const to = from + 1000;
    await db.query(
      `insert into item (id, part, name, pad) values ` +
        values(
          (i) => `(${i}, ${(i * 7919) % 3000}, 'name ${(i * 31) % 977}', '${'x'.repeat(i % 150)}')`,
          from,
          to,
        ),
    );
  }
  for (let from = 1; from <= 3000; from += 1000) {
    const rows = values((i) => `(${i}, 'part ${(i * 17) % 499}')`, from, from + 1000);
    await db.query(`insert into part (id, name) values ${rows}`);
  }
}

function sayQuit(client: MysqlConnection): void {
  const socket = (client as unknown as { transport: { socket: Socket } }).transport.socket;
  socket.write(Buffer.from([1, 0, 0, 0, 1]));
  socket.end();
}
