import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Destination } from '@vitess-ts/key';
import { resolveDestination } from '@vitess-ts/key';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { SpillFiles } from '../engine/spill/spill-files';
import type { ExecContext, ResolvedShard, ShardExecution } from '../engine/primitive';
import type { StatementMemory } from '../engine/statement-memory';
import type { LookupCursor } from '@vitess-ts/vindexes';
import type { Session } from '../session/session';
import type { Gateway } from './gateway';
import type { Sequences } from './sequences';
import type { ShardConnections, StatementShape } from './shard-connections';
import type { ScratchConnections } from './scratch-connections';
import { StatementScratch } from './statement-scratch';
import type { Transactions } from './transactions';
import { MAX_WARNINGS } from '../session/warnings';
import { tolerantStreams } from './tolerant-streams';
import type { StatementStats } from './statement-stats';

const ER_UNKNOWN = 1105;

/** The engine's view of the gate for one statement of one session. */
export class StatementContext implements ExecContext {
  /** What the statement did that the session keeps when it succeeds. */
  lastInsertId?: bigint;
  foundRows?: bigint;
  readonly scratch: StatementScratch;

  constructor(
    readonly signal: AbortSignal,
    readonly memory: StatementMemory,
    private readonly session: Session,
    private readonly tabletType: number,
    private readonly gateway: Gateway,
    private readonly connections: ShardConnections,
    private readonly sequences: Sequences,
    transactions: Transactions,
    scratchConnections: ScratchConnections,
    private readonly shape: StatementShape,
    readonly lookups: LookupCursor,
    private readonly stats: Pick<StatementStats, 'shardQueries'>,
    readonly spill: SpillFiles | undefined,
    /** Told of each query before it is sent, for VEXPLAIN. */
    private readonly onQuery?: (shard: ResolvedShard, query: BoundQuery) => void,
  ) {
    this.scratch = new StatementScratch(
      { session, gateway, transactions, connections: scratchConnections },
      shape,
      signal,
      (shards, queries) => this.report(shards, queries),
    );
  }

  resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]> {
    const shards = this.gateway.shards(keyspace, this.tabletType);
    return Promise.resolve(
      destinations.map((destination) =>
        resolveDestination(destination, shards).map((s) => ({ keyspace, shard: s.name })),
      ),
    );
  }

  execute(
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
  ): Promise<Result[]> {
    this.report(shards, queries);
    return this.connections.execute(this.shape, shards, this.timed(queries), how, this.signal);
  }

  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] {
    this.report(shards, queries);
    const streams = this.connections.stream(this.shape, shards, this.timed(queries), this.signal);
    if (!this.shape.goesWithout || shards.length < 2) return streams;
    return tolerantStreams(streams, (i, error) => this.missingRows(shards[i], error));
  }

  private timed(queries: readonly BoundQuery[]): readonly BoundQuery[] {
    return this.shape.clock?.set(queries) ?? queries;
  }

  /** A shard of several did not answer, and the statement does without it. */
  private missingRows({ keyspace, shard }: ResolvedShard, error: unknown): void {
    // what ends the statement as a whole is no matter of one shard
    if (this.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    this.addWarning(error instanceof SqlError ? error.errno : ER_UNKNOWN, `${keyspace}/${shard}: ${message}`);
  }

  private report(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): void {
    this.stats.shardQueries += shards.length;
    if (this.onQuery === undefined) return;
    for (const [i, shard] of shards.entries()) this.onQuery(shard, queries[i]);
  }

  reserveSequence(keyspace: string, table: string, count: number): Promise<bigint> {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new VtError(Code.INVALID_ARGUMENT, `a sequence cannot give ${count} values: ask for 1 or more`);
    }
    return this.sequences.next(keyspace, table, count, { ...this.shape.call, signal: this.signal });
  }

  setLastInsertId(id: bigint): void {
    this.lastInsertId = id;
  }

  setFoundRows(rows: bigint): void {
    this.foundRows = rows;
  }

  requireAtomicCommit(): void {
    this.session.requiresAtomicCommit = true;
  }

  addWarning(errno: number, message: string): void {
    if (this.session.warnings.length < MAX_WARNINGS) {
      this.session.warnings.push({ level: 'Warning', code: errno, message });
    }
  }
}
