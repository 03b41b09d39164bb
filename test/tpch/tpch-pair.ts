import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, compareResults, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { insertsOf, TpchRows } from './rows';
import { REFERENCE_TABLES, TPCH_KEYSPACE, TPCH_TABLES, writeTpchSchema } from './schema';
import type { TpchQuery } from './queries';

export interface TpchOptions {
  scale: number;
  shards: number;
  portBase: number;
}

export interface TpchOutcome {
  name: string;
  rows: number;
  /** Empty when both sides gave the same rows, names and types. */
  differences: string[];
  /** Milliseconds on the shards and on the one server. */
  gateMs: number;
  singleMs: number;
  /** The query gathered its rows in scratch tables. */
  scratch: boolean;
  /** Kinds of primitives with how often each stands in the plan. */
  primitives: string[];
}

/** The benchmark's rows on a sharded keyspace and on one MariaDB. */
export class TpchPair {
  private constructor(
    private readonly cluster: LocalCluster,
    private readonly mariadb: TestMariadb,
    private readonly gate: MysqlConnection,
    private readonly single: MysqlConnection,
    private readonly dir: string,
  ) {}

  static async start({ scale, shards, portBase }: TpchOptions): Promise<TpchPair> {
    const dir = mkdtempSync(join(tmpdir(), 'vt-tpch-'));
    const [cluster, mariadb] = await Promise.all([
      LocalCluster.start({ portBase, args: writeTpchSchema(dir, shards) }),
      startMariadb(),
    ]);
    await mariadb.sql(`create database ${TPCH_KEYSPACE} character set utf8mb4`);
    const single = await mariadb.connect({ database: TPCH_KEYSPACE, multiStatements: true });
    const gate = await cluster.connect(TPCH_KEYSPACE);
    const pair = new TpchPair(cluster, mariadb, gate, single, dir);
    try {
      await pair.load(scale);
    } catch (error) {
      await pair.stop();
      throw error;
    }
    return pair;
  }

  async run({ name, sql }: TpchQuery): Promise<TpchOutcome> {
    const before = await this.scratchQueries();
    const started = performance.now();
    const found = await this.gate.query(sql);
    const between = performance.now();
    const expected = await this.single.query(sql);
    const ended = performance.now();
    return {
      name,
      rows: expected.rows.length,
      differences: compareResults(found, expected, 'ordered'),
      gateMs: between - started,
      singleMs: ended - between,
      scratch: (await this.scratchQueries()) > before,
      primitives: await this.primitives(sql),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.gate.close(), this.single.close()]);
    await Promise.all([this.cluster.stop(), this.mariadb.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async load(scale: number): Promise<void> {
    const { gate, single } = this;
    await single.queryMulti(TPCH_TABLES);
    for (const rows of new TpchRows(scale).all()) {
      for (const sql of insertsOf(rows)) {
        await single.query(sql);
        if (REFERENCE_TABLES.includes(rows.table)) await this.onEveryShard(sql);
        else await gate.query(sql);
      }
      await single.query(`analyze table ${rows.table}`);
    }
  }

  /** Each shard has all rows of a reference table. */
  private async onEveryShard(sql: string): Promise<void> {
    const shards = await this.gate.query('show vitess_shards');
    for (const [name] of shards.rows.rows()) {
      await this.gate.query(`use \`${name?.toString().replace('/', ':')}\``);
      await this.gate.query(sql);
    }
    await this.gate.query(`use ${TPCH_KEYSPACE}`);
  }

  private async scratchQueries(): Promise<number> {
    const response = await fetch(`http://${this.cluster.info.vtgate.http}/metrics`);
    const line = /^\S*scratch_queries(?:_total)? (\d+)/im.exec(await response.text());
    if (line === null) throw new Error('the gate does not count scratch queries');
    return Number(line[1]);
  }

  private async primitives(sql: string): Promise<string[]> {
    const { rows } = await this.gate.query(`vexplain plan ${sql}`);
    const plan = JSON.parse(rows.value(0, 0)?.toString() ?? '{}') as { Instructions: PlanNode };
    const counts = new Map<string, number>();
    const visit = ({ OperatorType, Variant, Inputs = [] }: PlanNode): void => {
      const name = Variant === undefined || OperatorType === 'Route' ? OperatorType : Variant;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      Inputs.forEach(visit);
    };
    visit(plan.Instructions);
    return [...counts].map(([name, count]) => (count > 1 ? `${count} ${name}` : name));
  }
}

interface PlanNode {
  OperatorType: string;
  Variant?: string;
  Inputs?: PlanNode[];
}
