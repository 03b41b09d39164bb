import { keyRangeOfShard, resolveDestination, type Destination } from '@vitess-ts/key';
import type { MysqlConnection } from '@vitess-ts/mysql';
import type { BoundQuery } from '@vitess-ts/queryservice';
import { compileTemplate } from '@vitess-ts/sqlparser';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import type { TestMariadb } from '@vitess-ts/testkit';
import { FakeLookups } from '../engine/fake-exec-context.contract';
import type { ExecContext, ResolvedShard } from '../engine/primitive';
import { StatementMemory } from '../engine/statement-memory';
import type { ScratchAccess, ScratchConnection } from '../engine/scratch/scratch-access';

/** Databases of one MariaDB as shards, each with one connection, as in a transaction. */
export class MariadbShards implements ExecContext {
  readonly signal = new AbortController().signal;
  /** Serves many statements, of which some keep what they collect. */
  readonly memory = new StatementMemory(10_000_000);
  readonly log: string[] = [];
  lastInsertId = 0n;
  private sequence = 1n;
  private readonly busy = new Map<string, Promise<unknown>>();

  readonly scratch: ScratchAccess = {
    maxRows: 10_000,
    maxBytes: 1 << 20,
    openReads: () =>
      Promise.resolve({
        stream: (shards, queries) => this.stream(shards, queries),
        close: () => Promise.resolve(),
      }),
    openConnection: (keyspaces) => this.openScratch(keyspaces[0]),
    loaded: () => undefined,
    systemRows: () => {
      throw new Error('not part of this test');
    },
    userVariable: () => undefined,
    setUserVariable: () => undefined,
  };

  readonly lookups = new FakeLookups();

  requireAtomicCommit(): void {
    throw new Error('no row moves in this test');
  }

  private constructor(
    private readonly server: TestMariadb,
    private readonly connections: ReadonlyMap<string, MysqlConnection>,
  ) {}

  private async openScratch(keyspace: string): Promise<ScratchConnection> {
    const database = [...this.connections.keys()].find((key) => key.startsWith(`${keyspace}/`));
    const connection = await this.server.connect({ database });
    const run = (query: BoundQuery): Promise<Result> =>
      connection.query(compileTemplate(query.sql).render(query.bindVariables));
    return {
      openedAt: String((await connection.query('select @@timestamp')).rows.value(0, 0)),
      settings: [],
      execute: run,
      stream: async function* (query) {
        yield await run(query);
      },
      close: () => connection.close(),
    };
  }

  /** `shards`: names by keyspace; the database of one is `keyspace/shard`. */
  static async open(server: TestMariadb, shards: Record<string, string[]>): Promise<MariadbShards> {
    const connections = new Map<string, MysqlConnection>();
    for (const [keyspace, names] of Object.entries(shards)) {
      for (const name of names) {
        await server.sql(`create database \`${keyspace}/${name}\``);
        connections.set(`${keyspace}/${name}`, await server.connect({ database: `${keyspace}/${name}` }));
      }
    }
    return new MariadbShards(server, connections);
  }

  async close(): Promise<void> {
    for (const connection of this.connections.values()) await connection.close();
  }

  async resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]> {
    const shards = [...this.connections.keys()]
      .filter((key) => key.startsWith(`${keyspace}/`))
      .map((key) => key.slice(keyspace.length + 1))
      .map((name) => ({ name, keyRange: keyRangeOfShard(name) }));
    return destinations.map((d) =>
      resolveDestination(d, shards, () => 0).map((s) => ({ keyspace, shard: s.name })),
    );
  }

  async execute(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): Promise<Result[]> {
    const settled = await Promise.allSettled(shards.map((shard, i) => this.run(shard, queries[i])));
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }

  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] {
    return shards.map((shard, i) => this.streamOne(shard, queries[i]));
  }

  private async *streamOne(shard: ResolvedShard, query: BoundQuery): AsyncGenerator<Result> {
    const result = await this.run(shard, query);
    yield { ...result, rows: result.rows.slice(0, 3) };
    for (let i = 3; i < result.rows.length; i += 3) yield emptyResult({ rows: result.rows.slice(i, i + 3) });
  }

  private run({ keyspace, shard }: ResolvedShard, query: BoundQuery): Promise<Result> {
    const key = `${keyspace}/${shard}`;
    const connection = this.connections.get(key);
    if (connection === undefined) throw new Error(`no shard ${key}`);
    const text = compileTemplate(query.sql).render(query.bindVariables);
    this.log.push(`${key}: ${text.toString()}`);
    const next = (this.busy.get(key) ?? Promise.resolve()).then(() => connection.query(text));
    this.busy.set(
      key,
      next.catch(() => undefined),
    );
    return next;
  }

  async reserveSequence(_keyspace: string, _table: string, count: number): Promise<bigint> {
    const first = this.sequence;
    this.sequence += BigInt(count);
    return first;
  }
  setLastInsertId(id: bigint): void {
    this.lastInsertId = id;
  }
  setFoundRows(): void {}
  addWarning(): void {}
}
