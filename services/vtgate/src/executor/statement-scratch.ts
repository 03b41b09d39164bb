import type { BoundQuery } from '@vitess-ts/queryservice';
import type { BindVariable, Result, Value } from '@vitess-ts/sqltypes';
import type { ResolvedShard } from '../engine/primitive';
import type { ScratchAccess, ScratchConnection, ScratchReads } from '../engine/scratch/scratch-access';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Session } from '../session/session';
import { transactionOptions } from './execute-options';
import type { Gateway } from './gateway';
import type { ScratchConnections } from './scratch-connections';
import { KeepAwake } from './keep-awake';
import { ShardConnections, type StatementShape } from './shard-connections';
import { keyspaceRows } from './system-schema/keyspace-rows';
import type { Transactions } from './transactions';
import { setUserVariable } from './user-variables';

export interface StatementScratchParts {
  session: Session;
  gateway: Gateway;
  transactions: Transactions;
  connections: ScratchConnections;
}

/** What one statement of one session may do to gather rows of several shards in one place. */
export class StatementScratch implements ScratchAccess {
  constructor(
    private readonly parts: StatementScratchParts,
    private readonly shape: StatementShape,
    private readonly signal: AbortSignal,
    /** Told of reads before they are sent. */
    private readonly onReads: (shards: readonly ResolvedShard[], queries: readonly BoundQuery[]) => void,
  ) {}

  get maxRows(): number {
    return this.parts.connections.limits.maxRows;
  }

  get maxBytes(): number {
    return this.parts.connections.limits.maxBytes;
  }

  loaded(rows: number, bytes: number): void {
    this.parts.connections.loaded(rows, bytes);
  }

  systemRows(keyspace: string, sql: string, isFirst: boolean): AsyncIterable<Result> {
    const { session, gateway } = this.parts;
    const [shard] = gateway.shards(keyspace, this.shape.tabletType);
    if (shard === undefined) throw new VtError(Code.UNAVAILABLE, `no shard of keyspace ${keyspace} serves`);
    const on = [{ keyspace, shard: shard.name }];
    const queries = [{ sql, bindVariables: {} }];
    this.onReads(on, queries);
    const shape: StatementShape = { ...this.shape, fetchLastInsertId: false };
    const [rows] = new ShardConnections(session, gateway).stream(shape, on, queries, this.signal);
    return keyspaceRows(rows, keyspace, new Set(gateway.keyspaces()), isFirst);
  }

  userVariable(name: string): BindVariable | undefined {
    return this.parts.session.userVariables.get(name);
  }

  setUserVariable(name: string, type: number, value: Value): void {
    setUserVariable(this.parts.session, name, type, value);
  }

  openConnection(
    keyspaces: readonly string[],
    { onPrimary = false }: { onPrimary?: boolean } = {},
  ): Promise<ScratchConnection> {
    const { session, connections } = this.parts;
    const { clientFoundRows: _unused, ...options } = transactionOptions(session);
    const { call, settings } = this.shape;
    return connections.open(keyspaces, { call, signal: this.signal, options, settings, onPrimary });
  }

  async openReads(shards: readonly ResolvedShard[], snapshot: boolean): Promise<ScratchReads> {
    if (snapshot && !this.shape.inTransaction) return this.openSnapshots(shards);
    const connections = new ShardConnections(this.parts.session, this.parts.gateway);
    await connections.openAll(this.shape, shards, this.signal);
    return this.readsOver(connections, this.shape, () => Promise.resolve());
  }

  /** One READ ONLY transaction a shard, of which the session knows nothing. */
  private async openSnapshots(shards: readonly ResolvedShard[]): Promise<ScratchReads> {
    const { session, gateway, transactions } = this.parts;
    const own: Session = {
      ...session,
      shardSessions: [],
      savepoints: [],
      warnings: [],
      inTransaction: true,
      failedTransaction: undefined,
      transaction: { isolation: 'REPEATABLE READ', readOnly: true, consistentSnapshot: true },
    };
    const shape: StatementShape = { ...this.shape, inTransaction: true };
    const connections = new ShardConnections(own, gateway);
    const release = (): Promise<void> => transactions.releaseAll(own, this.shape.call);
    try {
      await connections.openAll(shape, shards, this.signal);
    } catch (error) {
      await release();
      throw error;
    }
    const awake = new KeepAwake(own, gateway, this.shape.call);
    return this.readsOver(connections, shape, async () => {
      await awake.stop();
      await release();
    });
  }

  private readsOver(
    connections: ShardConnections,
    shape: StatementShape,
    close: () => Promise<void>,
  ): ScratchReads {
    let closing: Promise<void> | undefined;
    const plain: StatementShape = { ...shape, fetchLastInsertId: false };
    return {
      stream: (on: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] => {
        this.onReads(on, queries);
        return connections.stream(plain, on, queries, this.signal);
      },
      close: () => (closing ??= close()),
    };
  }
}
