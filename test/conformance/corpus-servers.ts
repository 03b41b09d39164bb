import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { quoteName } from '@vitess-ts/sqlparser';
import { LocalCluster, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import type { CorpusKeyspace } from './corpus-database';
import type { VSchemaJson } from './corpus-columns';
import { call } from './vtctl';

/** A cluster and one MariaDB with the same tables and rows. */
export interface CorpusServers {
  cluster: LocalCluster;
  mariadb: TestMariadb;
  stop(): Promise<void>;
}

export interface CorpusServerOptions {
  portBase: number;
  /** Shards of a keyspace that is sharded. */
  shards(keyspace: string): number;
  routingRules?: VSchemaJson['routing_rules'];
}

/**
 * Database of the one MariaDB in which tables are found by their names alone, as the gate finds them; the databases of
 * keyspaces show the same tables.
 */
export const allTables = 'corpus';

export async function startCorpusServers(
  keyspaces: readonly CorpusKeyspace[],
  options: CorpusServerOptions,
): Promise<CorpusServers> {
  const schemaDir = mkdtempSync(join(tmpdir(), 'vt-corpus-'));
  const shards = keyspaces.map((k) => (k.sharded ? options.shards(k.name) : 1));
  for (const keyspace of keyspaces) writeSchema(schemaDir, keyspace);
  let cluster: LocalCluster | undefined;
  let mariadb: TestMariadb | undefined;
  const stop = async (): Promise<void> => {
    await cluster?.stop();
    await mariadb?.stop();
    rmSync(schemaDir, { recursive: true, force: true });
  };
  try {
    mariadb = await startMariadb();
    cluster = await LocalCluster.start({
      portBase: options.portBase,
      startTimeoutMs: 300_000,
      args: [
        '--keyspaces',
        keyspaces.map((k) => k.name).join(','),
        '--num-shards',
        shards.join(','),
        '--schema-dir',
        schemaDir,
      ],
    });
    await fillSingle(mariadb, keyspaces, options.routingRules);
    await fillCluster(cluster, keyspaces);
    if (options.routingRules !== undefined) await applyRules(cluster, options.routingRules);
    await makeFunctions(cluster, mariadb);
    return { cluster, mariadb, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeSchema(schemaDir: string, keyspace: CorpusKeyspace): void {
  const dir = join(schemaDir, keyspace.name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'schema.sql'), keyspace.tables.map((t) => `${t.create};\n`).join(''));
  writeFileSync(join(dir, 'vschema.json'), JSON.stringify(keyspace.vschema));
}

async function fillSingle(
  mariadb: TestMariadb,
  keyspaces: readonly CorpusKeyspace[],
  rules: VSchemaJson['routing_rules'],
): Promise<void> {
  const single = await mariadb.connect();
  await single.query(`create database ${allTables} character set utf8mb4`);
  for (const { name } of keyspaces)
    await single.query(`create database ${quoteName(name)} character set utf8mb4`);
  const known = new Set<string>();
  const view = (database: string, name: string, of: string): Promise<unknown> =>
    single.query(`create view ${quoteName(database)}.${quoteName(name)} as select * from ${of}`);
  for (const { name: keyspace, tables } of keyspaces) {
    for (const table of tables) {
      const isFirst = !known.has(table.name);
      known.add(table.name);
      await single.query(`use ${quoteName(isFirst ? allTables : keyspace)}`);
      await single.query(table.create);
      for (const sql of table.inserts) await single.query(sql);
      if (isFirst) await view(keyspace, table.name, `${allTables}.${quoteName(table.name)}`);
    }
  }
  for (const { from_table: from, to_tables: [to] = [] } of rules?.rules ?? []) {
    if (to === undefined || !known.has(to.split('.')[1])) continue;
    const [name, database = allTables] = from.split('@')[0].split('.').reverse();
    await single.query(`create database if not exists ${quoteName(database)}`);
    await single.query(`drop view if exists ${quoteName(database)}.${quoteName(name)}`);
    await view(database, name, to.split('.').map((p) => quoteName(p)).join('.')); // prettier-ignore
  }
  await single.close();
}

async function fillCluster(cluster: LocalCluster, keyspaces: readonly CorpusKeyspace[]): Promise<void> {
  const gate = await cluster.connect();
  const shards = await shardsOf(gate);
  for (const keyspace of keyspaces) {
    for (const table of keyspace.tables) {
      const targets = table.everywhere
        ? shards.filter((s) => s.startsWith(`${keyspace.name}/`)).map((s) => s.replace('/', ':'))
        : [keyspace.name];
      for (const target of targets) {
        await gate.query(`use ${quoteName(target)}`);
        for (const sql of table.inserts) await gate.query(sql);
      }
    }
  }
  await gate.close();
}

/** Routing rules come with the next state of the topology that the gate sees. */
async function applyRules(cluster: LocalCluster, rules: unknown): Promise<void> {
  await call(cluster.info.vtctld.grpc, ['ApplyRoutingRules', '--rules', JSON.stringify(rules)]);
  const gate = await cluster.connect();
  const deadline = Date.now() + 60_000;
  for (;;) {
    const routed = await gate.query('select 1 from route1 where 1 = 0').then(() => true, () => false); // prettier-ignore
    if (routed) break;
    if (Date.now() > deadline) throw new Error('the gate does not see the routing rules');
    await setTimeout(50);
  }
  await gate.close();
}

/** The stored functions that statements of the corpus call. */
const functions = [
  `create function twice(x bigint) returns bigint deterministic no sql return x * 2`,
  `create aggregate function udf_aggr(x varchar(255)) returns int no sql
   begin declare n int default 0; declare continue handler for not found return n;
   loop fetch group next row; set n = n + 1; end loop; end`,
];

/** On every server, as an operator would make them: beside the gate. */
async function makeFunctions(cluster: LocalCluster, mariadb: TestMariadb): Promise<void> {
  const single = await mariadb.connect({ database: allTables });
  for (const sql of functions) await single.query(sql);
  await single.close();
  for (const { keyspace, mysqlSocket } of cluster.info.tablets) {
    const shard = await MysqlConnection.connect({
      socketPath: mysqlSocket,
      user: 'vt_dba',
      database: `vt_${keyspace}`,
    });
    for (const sql of functions) await shard.query(sql);
    await shard.close();
  }
}

async function shardsOf(gate: MysqlConnection): Promise<string[]> {
  const { rows } = await gate.query('show vitess_shards');
  return rows.rows().map(([name]) => String(name));
}
