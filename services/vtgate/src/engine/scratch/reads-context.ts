import type { Destination } from '@vitess-ts/key';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { ExecContext, ResolvedShard, ShardExecution } from '../primitive';
import type { ScratchReads } from './scratch-access';

/** A statement's context whose streams come from the connections that were opened for reading. */
export class ReadsContext implements ExecContext {
  constructor(
    private readonly ctx: ExecContext,
    private readonly reads: ScratchReads,
  ) {}

  get signal(): AbortSignal {
    return this.ctx.signal;
  }
  get memory(): ExecContext['memory'] {
    return this.ctx.memory;
  }
  get spill(): ExecContext['spill'] {
    return this.ctx.spill;
  }
  get scratch(): ExecContext['scratch'] {
    return this.ctx.scratch;
  }
  get lookups(): ExecContext['lookups'] {
    return this.ctx.lookups;
  }
  requireAtomicCommit(): void {
    this.ctx.requireAtomicCommit();
  }
  resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]> {
    return this.ctx.resolve(keyspace, destinations);
  }
  execute(
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
  ): Promise<Result[]> {
    return this.ctx.execute(shards, queries, how);
  }
  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] {
    return this.reads.stream(shards, queries);
  }
  reserveSequence(keyspace: string, table: string, count: number): Promise<bigint> {
    return this.ctx.reserveSequence(keyspace, table, count);
  }
  setLastInsertId(id: bigint): void {
    this.ctx.setLastInsertId(id);
  }
  setFoundRows(rows: bigint): void {
    this.ctx.setFoundRows(rows);
  }
  addWarning(errno: number, message: string): void {
    this.ctx.addWarning(errno, message);
  }
}
