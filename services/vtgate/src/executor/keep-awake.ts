import { noConnection, type CallContext } from '@vitess-ts/queryservice';
import type { Session, ShardSession } from '../session/session';
import type { Gateway } from './gateway';

/** Tablets end transactions that are idle for longer than some time, 30 s by default. */
const EVERY_MS = 5_000;
const TIMEOUT_MS = 60_000;
const query = { sql: 'select 1', bindVariables: {} };

/**
 * Keeps the shard transactions of a session from being ended as idle while their statement reads on other shards, or
 * the client is slow. It waits behind a read that is under way, for that long.
 */
export class KeepAwake {
  private readonly timer: NodeJS.Timeout;
  private readonly asked = new Map<ShardSession, Promise<void>>();
  private readonly ending = new AbortController();

  constructor(
    private readonly session: Session,
    private readonly gateway: Pick<Gateway, 'byAlias'>,
    private readonly call: CallContext,
    everyMs = EVERY_MS,
  ) {
    this.timer = setInterval(() => this.askAll(), everyMs);
    this.timer.unref();
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await Promise.all(this.asked.values());
  }

  private askAll(): void {
    for (const shard of this.session.shardSessions) {
      if (this.asked.has(shard)) continue;
      const asked = this.ask(shard).finally(() => this.asked.delete(shard));
      this.asked.set(shard, asked);
    }
  }

  private async ask(shard: ShardSession): Promise<void> {
    const { keyspace, shard: name, tabletType, alias } = shard;
    const ctx: CallContext = {
      ...this.call,
      timeoutMs: TIMEOUT_MS,
      signal: this.ending.signal,
    };
    try {
      const { service } = this.gateway.byAlias(alias);
      const target = { keyspace, shard: name, tabletType, cell: '' };
      await service.execute(ctx, target, query, { ...noConnection, transactionId: shard.transactionId });
    } catch {
      // The statement's own reads tell what became of the connection.
    }
  }
}
