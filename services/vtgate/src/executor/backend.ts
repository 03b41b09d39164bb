import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { allShards, anyShard, resolveDestination } from '@vitess-ts/key';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { ResolvedShard } from '../engine/primitive';
import type { Session } from '../session/session';
import { sessionVariable, type GateFacts } from '../variables/session-variables';
import type { Gateway } from './gateway';
import { ShardConnections } from './shard-connections';
import { isSystemSchema } from './system-schema/schema-columns';

/** Asks one server a question whose answer is the same on all shards: SHOW, DESCRIBE, the value of a variable. */
export class Backend {
  constructor(
    private readonly gateway: Gateway,
    private readonly facts: GateFacts,
  ) {}

  /** A variable that the gate answers for the session; undefined when the server is to be asked. */
  sessionVariable(session: Session, name: string): string | undefined {
    return sessionVariable(session, name, this.facts);
  }

  /** What the servers are. */
  get flavor(): 'mariadb' | 'mysql' {
    return this.facts.flavor;
  }

  tabletType(session: Session): TabletType {
    return session.target.tabletType ?? TabletType.PRIMARY;
  }

  /**
   * The shard that answers for a keyspace: the session's own shard target, else any. Without a keyspace the first one
   * of the cluster answers.
   */
  shardFor(session: Session, keyspace: string): ResolvedShard {
    const name = keyspace !== '' && !isSystemSchema(keyspace) ? keyspace : this.defaultKeyspace(session);
    const shards = this.gateway.shards(name, this.tabletType(session));
    const { target } = session;
    const destination = target.keyspace === name && target.destination ? target.destination : anyShard;
    const [shard] = resolveDestination(destination, shards, () => 0);
    if (shard === undefined) throw new VtError(Code.UNAVAILABLE, `no shard of keyspace ${name} serves`);
    return { keyspace: name, shard: shard.name };
  }

  /** How the server of a shard would run a query, as the JSON of its EXPLAIN. */
  async explain(session: Session, call: CallContext, shard: ResolvedShard, sql: string): Promise<unknown> {
    const [{ rows }] = await this.queryShards(session, call, [shard], `explain format=json ${sql}`);
    return JSON.parse(rows.value(0, 0)?.toString() ?? 'null');
  }

  async query(session: Session, call: CallContext, keyspace: string, sql: string): Promise<Result> {
    const [result] = await this.queryShards(session, call, [this.shardFor(session, keyspace)], sql);
    return result;
  }

  /** The answers of all shards of a keyspace, or of the one that the session has selected. */
  queryAllShards(session: Session, call: CallContext, keyspace: string, sql: string): Promise<Result[]> {
    const { target } = session;
    const destination = target.keyspace === keyspace && target.destination ? target.destination : allShards;
    const shards = resolveDestination(destination, this.gateway.shards(keyspace, this.tabletType(session)));
    return this.queryShards(
      session,
      call,
      shards.map((s) => ({ keyspace, shard: s.name })),
      sql,
    );
  }

  private queryShards(
    session: Session,
    call: CallContext,
    shards: readonly ResolvedShard[],
    sql: string,
  ): Promise<Result[]> {
    const shape = {
      tabletType: this.tabletType(session),
      call,
      inTransaction: false,
      settings: settingsOf(session),
    };
    const how = { isDml: false, canAutocommit: true };
    const signal = call.signal ?? new AbortController().signal;
    const queries = shards.map(() => ({ sql, bindVariables: {} }));
    return new ShardConnections(session, this.gateway).execute(shape, shards, queries, how, signal);
  }

  /** Runs a statement on every connection that the session has reserved. */
  async onReserved(session: Session, call: CallContext, sql: string): Promise<void> {
    const reserved = session.shardSessions.filter((s) => s.reservedId !== 0n);
    await Promise.all(
      reserved.map((s) => {
        const target = { keyspace: s.keyspace, shard: s.shard, tabletType: s.tabletType, cell: '' };
        return this.gateway.byAlias(s.alias).service.execute(call, target, { sql, bindVariables: {} }, s);
      }),
    );
  }

  /** The keyspace that answers what is not about one: the selected one, else the first of the cluster. */
  defaultKeyspace(session: Session): string {
    const { keyspace } = session.target;
    if (keyspace !== '' && !isSystemSchema(keyspace)) return keyspace;
    const [first] = this.gateway.keyspaces();
    if (first === undefined)
      throw new SqlError(1046, '3D000', 'No database selected: the cluster has no keyspace yet');
    return first;
  }
}

/** The SET statements that a connection of this session needs. */
export function settingsOf(session: Session): string[] {
  if (session.systemVariables.size === 0) return [];
  return [...session.systemVariables].map(([name, value]) => `set session ${name} = ${value}`);
}
