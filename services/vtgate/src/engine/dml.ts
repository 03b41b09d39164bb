import { emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import { describeRouting } from './describe-routing';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { resolveRouting, type Routing } from './routing';
import { sumResults } from './sum-results';

export interface DmlOptions {
  /** The operator's name in VEXPLAIN. */
  operator: 'Update' | 'Delete' | 'Insert';
  keyspace: { name: string; sharded: boolean };
  routing: Routing;
  query: string;
  tables: string[];
  /**
   * Set when the statement means something else on several shards than on one (it has a LIMIT, for example): what takes
   * its place when a value turns out not to be exact for its column.
   */
  whenSeveralShards?: () => Primitive;
  /** The tables have the same rows on every shard: the counts are those of one. */
  sameOnEveryShard?: boolean;
}

/** Changes rows on the shards that its routing names, at once. */
export class Dml implements Primitive {
  constructor(readonly options: DmlOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { keyspace, routing, query, whenSeveralShards, operator, sameOnEveryShard } = this.options;
    const targets = await resolveRouting(ctx, keyspace.name, routing, bindVariables);
    if (targets.length === 0) {
      yield emptyResult({ info: operator === 'Update' ? 'Rows matched: 0  Changed: 0  Warnings: 0' : '' });
      return;
    }
    if (whenSeveralShards !== undefined && targets.length > 1) {
      yield* whenSeveralShards().execute(ctx, bindVariables);
      return;
    }
    const results = await ctx.execute(
      targets.map((t) => t.shard),
      targets.map((t) => ({ sql: query, bindVariables: t.bindVariables })),
      { isDml: true, canAutocommit: targets.length === 1 },
    );
    const result = sameOnEveryShard ? results[0] : sumResults(results);
    if (result.insertId !== 0n) ctx.setLastInsertId(result.insertId);
    yield result;
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { operator, keyspace, routing, query, tables } = this.options;
    return {
      operatorType: operator,
      variant: routing.opcode,
      keyspace,
      other: { Query: query, Table: tables.join(', '), ...describeRouting(routing) },
    };
  }
}
