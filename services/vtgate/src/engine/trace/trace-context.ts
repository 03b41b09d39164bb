import { OpenedIterator } from '@vitess-ts/base';
import type { Destination } from '@vitess-ts/key';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { ExecContext, ResolvedShard, ShardExecution } from '../primitive';
import type { PrimitiveTrace, TracedQuery } from './primitive-trace';

/** A statement's context in which one primitive's queries are written down, with what they gave and how long they took. */
export class TraceContext implements ExecContext {
  private readonly ctx: ExecContext;

  constructor(
    ctx: ExecContext,
    private readonly trace: PrimitiveTrace,
  ) {
    // what a primitive asks for is its own, not its parent's
    this.ctx = ctx instanceof TraceContext ? ctx.ctx : ctx;
  }

  get signal(): AbortSignal {
    return this.ctx.signal;
  }
  get memory(): ExecContext['memory'] {
    return this.ctx.memory;
  }
  get scratch(): ExecContext['scratch'] {
    return this.ctx.scratch;
  }
  get lookups(): ExecContext['lookups'] {
    return this.ctx.lookups;
  }
  resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]> {
    return this.ctx.resolve(keyspace, destinations);
  }

  async execute(
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
  ): Promise<Result[]> {
    const traced = this.begin(shards, queries);
    const begun = performance.now();
    const results = await this.ctx.execute(shards, queries, how);
    const ms = performance.now() - begun;
    // all run at once: each took at most this long
    for (const [i, result] of results.entries()) add(traced[i], result, ms);
    return results;
  }

  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] {
    const traced = this.begin(shards, queries);
    return this.ctx.stream(shards, queries).map((stream, i) => observed(stream, traced[i]));
  }

  private begin(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): TracedQuery[] {
    const traced = shards.map((shard, i) => ({ shard, query: queries[i], rows: 0, bytes: 0, ms: 0 }));
    this.trace.sent(traced);
    return traced;
  }

  reserveSequence(keyspace: string, table: string, count: number): Promise<bigint> {
    return this.ctx.reserveSequence(keyspace, table, count);
  }
  requireAtomicCommit(): void {
    this.ctx.requireAtomicCommit();
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

function add(traced: TracedQuery, result: Result, ms: number): void {
  traced.rows += result.rows.length;
  traced.bytes += result.rows.byteLength;
  traced.ms += ms;
}

/** Only the time in which somebody waits for the shard counts. */
function observed(stream: AsyncIterable<Result>, traced: TracedQuery): AsyncIterable<Result> {
  return new OpenedIterator(() => {
    const inner = stream[Symbol.asyncIterator]();
    const iterator: AsyncIterableIterator<Result> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        const begun = performance.now();
        const step = await inner.next();
        const ms = performance.now() - begun;
        if (step.done) traced.ms += ms;
        else add(traced, step.value, ms);
        return step;
      },
      return: async () => {
        await inner.return?.();
        return { done: true, value: undefined };
      },
    };
    return Promise.resolve(iterator);
  });
}
