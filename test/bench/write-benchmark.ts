import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, startMariadb } from '@vitess-ts/testkit';
import type { BenchOptions } from './bench-options';
import type { Disposers } from './disposers';

const PORT_BASE = 9_000;
const ACCOUNTS = 2000;
const SCHEMA = `
create table entry (id bigint primary key, v varchar(100) not null);
create table account (id bigint primary key, balance bigint not null);
`;
const byHash = { column_vindexes: [{ column: 'id', name: 'hash' }] };
const VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: { entry: byHash, account: byHash },
};

/** Something that the same statements run on. */
interface WriteTarget {
  name: string;
  connect(): Promise<MysqlConnection>;
  /** Of `set transaction_mode`; undefined where there is none. */
  mode?: string;
}

interface Workload {
  name: string;
  /** Accounts that a connection moves money between; undefined: it inserts. */
  pair?: (connection: number, accounts: Accounts) => [number, number];
}

/** Accounts by the half of the keyspace that they are in: a cluster of two shards has each half on one. */
interface Accounts {
  left: number[];
  right: number[];
}

const workloads: readonly Workload[] = [
  { name: 'inserts, autocommit' },
  // Nobody shares an account with another connection: there are no waits for locks.
  { name: 'transactions on one shard', pair: (n, { left }) => [left[2 * n], left[2 * n + 1]] },
  { name: 'transactions on two shards', pair: (n, { left, right }) => [left[n], right[n]] },
];

/**
 * Writes and transactions per second of a cluster of two shards, under each transaction mode, as shares of what one
 * MariaDB does with the same statements over its socket. Targets take turns; the median of the rounds counts.
 */
export async function writeBenchmark(
  options: Pick<BenchOptions, 'threads' | 'seconds' | 'rounds'>,
  disposers: Disposers,
  print: (line: string) => void,
): Promise<void> {
  const direct = await startDirect(disposers);
  const cluster = await startCluster(disposers);
  const accounts = await accountsOf(cluster);
  const targets: WriteTarget[] = [
    { name: 'direct', connect: direct },
    ...['MULTI', 'TWOPC'].map((mode) => ({ name: mode, mode, connect: () => cluster.connect('ks') })),
  ];
  let firstId = 0;
  for (const workload of workloads) {
    for (const threads of options.threads) {
      const rates = new Map<string, number[]>(targets.map((t) => [t.name, []]));
      for (let round = 0; round < options.rounds; round++) {
        for (const target of targets) {
          const ids = (firstId += 100_000_000);
          const run = { workload, threads, seconds: options.seconds, firstId: ids, accounts };
          rates.get(target.name)!.push(await measure(target, run));
        }
      }
      print(reportLine(workload.name, threads, rates));
    }
  }
}

function reportLine(workload: string, threads: number, rates: ReadonlyMap<string, number[]>): string {
  const direct = median(rates.get('direct')!);
  const cells = [...rates].map(([name, all]) => {
    const rate = median(all);
    return `${name} ${rate.toFixed(0)}/s${name === 'direct' ? '' : ` (${(rate / direct).toFixed(2)})`}`;
  });
  return `${workload}, ${threads} connections: ${cells.join(', ')}`;
}

interface Run {
  workload: Workload;
  threads: number;
  seconds: number;
  firstId: number;
  accounts: Accounts;
}

/** Rounds of the workload per second. */
async function measure(target: WriteTarget, run: Run): Promise<number> {
  const connections = await Promise.all(Array.from({ length: run.threads }, () => target.connect()));
  try {
    if (target.mode !== undefined) {
      await Promise.all(connections.map((db) => db.query(`set transaction_mode = '${target.mode}'`)));
    }
    let nextId = run.firstId;
    let done = 0;
    const startMs = performance.now();
    const endMs = startMs + run.seconds * 1000;
    await Promise.all(
      connections.map(async (db, n) => {
        const pair = run.workload.pair?.(n, run.accounts);
        for (; performance.now() < endMs; done++) {
          if (pair === undefined) await insert(db, nextId++);
          else await transfer(db, pair);
        }
      }),
    );
    return (done * 1000) / (performance.now() - startMs);
  } finally {
    await Promise.all(connections.map((db) => db.close()));
  }
}

async function insert(db: MysqlConnection, id: number): Promise<void> {
  await db.query(`insert into entry (id, v) values (${id}, 'some text that is not long')`);
}

async function transfer(db: MysqlConnection, [source, target]: [number, number]): Promise<void> {
  await db.query('begin');
  await db.query(`update account set balance = balance - 1 where id = ${source}`);
  await db.query(`update account set balance = balance + 1 where id = ${target}`);
  await db.query('commit');
}

const accountRows = (): string =>
  `insert into account (id, balance) values ${Array.from({ length: ACCOUNTS }, (_, i) => `(${i + 1}, 0)`).join(', ')}`;

async function startDirect(disposers: Disposers): Promise<() => Promise<MysqlConnection>> {
  const server = await startMariadb();
  disposers.add(() => server.stop());
  await server.sql(`create database ks; use ks; ${SCHEMA} ${accountRows()}`);
  return () => server.connect({ database: 'ks' });
}

async function startCluster(disposers: Disposers): Promise<LocalCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'vt-bench-'));
  disposers.add(() => rmSync(dir, { recursive: true, force: true }));
  const schema = join(dir, 'schema', 'ks');
  mkdirSync(schema, { recursive: true });
  writeFileSync(join(schema, 'schema.sql'), SCHEMA);
  writeFileSync(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
  const args = ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', join(dir, 'schema')];
  const cluster = await LocalCluster.start({ args, dataDir: join(dir, 'data'), portBase: PORT_BASE });
  disposers.add(() => cluster.stop());
  const db = await cluster.connect('ks');
  await db.query(accountRows());
  await db.close();
  return cluster;
}

async function accountsOf(cluster: LocalCluster): Promise<Accounts> {
  const ofShard = async (shard: string): Promise<number[]> => {
    const db = await cluster.connect(`ks:${shard}`);
    try {
      const { rows } = await db.query('select id from account order by id');
      return rows.rows().map(([id]) => Number(String(id)));
    } finally {
      await db.close();
    }
  };
  return { left: await ofShard('-80'), right: await ofShard('80-') };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
