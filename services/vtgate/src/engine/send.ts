import type { Destination } from '@vitess-ts/key';
import { formatDestination } from '@vitess-ts/key';
import type { BindVariables, Field, Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { sumResults } from './sum-results';
import { unsupported } from './unsupported';

export interface SendOptions {
  keyspace: { name: string; sharded: boolean };
  destination: Destination;
  query: string;
  isDml: boolean;
  /** Refuses more than one shard. */
  singleShardOnly?: boolean;
  /** The operator's name in VEXPLAIN: `Send`, or `DDL`. */
  operator?: string;
}

/** Sends a statement as it is to the shards of a destination: explicit targets, DDL and administrative statements. */
export class Send implements Primitive {
  constructor(readonly options: SendOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { keyspace, destination, query, isDml, singleShardOnly } = this.options;
    const [shards] = await ctx.resolve(keyspace.name, [destination]);
    if (singleShardOnly && shards.length !== 1) {
      throw unsupported(
        `this statement on ${shards.length} shards`,
        'select one shard: USE `keyspace:shard`',
      );
    }
    const results = await ctx.execute(
      shards,
      shards.map(() => ({ sql: query, bindVariables })),
      { isDml, canAutocommit: shards.length === 1 },
    );
    const result = sumResults(results);
    if (result.insertId !== 0n) ctx.setLastInsertId(result.insertId);
    yield result;
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { keyspace, destination, query, isDml, operator } = this.options;
    return {
      operatorType: operator ?? 'Send',
      keyspace,
      other: {
        TargetDestination: formatDestination(destination),
        ...(isDml ? { IsDML: true } : {}),
        Query: query,
      },
    };
  }
}
