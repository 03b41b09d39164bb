import { Code, VtError } from '@vitess-ts/vterrors';
import { TabletType } from '@vitess-ts/proto/topodata';
import { noConnection } from '@vitess-ts/queryservice';
import type { CallContext } from '@vitess-ts/queryservice';
import { int64BindVariable } from '@vitess-ts/sqltypes';
import type { Gateway } from './gateway';

/**
 * Takes values from sequence tables. The tablet hands them out of cached blocks, so this is one call and no lock;
 * values are used once over all gates, and gaps are normal (a rolled back insert, a restarted tablet).
 */
export class Sequences {
  constructor(private readonly gateway: Gateway) {}

  /** The first of `count` consecutive values. Always outside the session's transaction. */
  async next(keyspace: string, table: string, count: number, call: CallContext): Promise<bigint> {
    const shards = this.gateway.shards(keyspace, TabletType.PRIMARY);
    if (shards.length !== 1) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `sequence ${keyspace}.${table} must lie in an unsharded keyspace; ${keyspace} has ${shards.length} shards`,
      );
    }
    const target = { keyspace, shard: shards[0].name, tabletType: TabletType.PRIMARY, cell: '' };
    const tablet = await this.gateway.choose(target, call.signal ?? new AbortController().signal);
    const query = {
      sql: `select next :n values from \`${table.replaceAll('`', '``')}\``,
      bindVariables: { n: int64BindVariable(count) },
    };
    const result = await tablet.service.execute(call, target, query, noConnection);
    const value = result.rows.length === 1 ? result.rows.value(0, 0) : null;
    if (value === null) {
      throw new VtError(Code.INTERNAL, `sequence ${keyspace}.${table} gave no value`);
    }
    return BigInt(value.toString('latin1'));
  }
}
