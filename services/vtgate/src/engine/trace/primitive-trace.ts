import type { BoundQuery } from '@vitess-ts/queryservice';
import type { ResolvedShard } from '../resolved-shard';

/** One query to one shard, and what came of it. */
export interface TracedQuery {
  shard: ResolvedShard;
  query: BoundQuery;
  rows: number;
  /** Of the rows' values as they travel. */
  bytes: number;
  /** Milliseconds that somebody waited for it. */
  ms: number;
}

/** What one primitive of a plan did while the plan ran. */
export class PrimitiveTrace {
  /** Rows that each of its runs gave. */
  readonly runs: number[] = [];
  readonly queries: TracedQuery[] = [];
  /** Shards of each round of queries. */
  private readonly rounds: number[] = [];
  /** What the server says of the first query; set afterwards where it is asked. */
  explain?: unknown;

  sent(queries: readonly TracedQuery[]): void {
    this.queries.push(...queries);
    this.rounds.push(queries.length);
  }

  /** What VEXPLAIN prints with the primitive. */
  describe(): Record<string, unknown> {
    const { runs, rounds } = this;
    return {
      NoOfCalls: runs.length,
      ...(runs.length > 0 && { AvgNumberOfRows: average(runs), MedianNumberOfRows: median(runs) }),
      ...(rounds.length > 0 && { ShardsQueried: average(rounds) }),
      ...(this.explain !== undefined && { mysql_explain_json: this.explain }),
    };
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
