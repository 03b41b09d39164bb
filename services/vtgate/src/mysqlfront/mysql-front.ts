import { MysqlServer, type ClientInfo, type MysqlServerOptions, type SessionHandler } from '@vitess-ts/mysql';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { ProcessList } from '../executor/process-list';
import { FrontSession, type FrontContext } from './front-session';
import type { KillStatement } from './kill-statement';
import { LogicalNames } from './logical-names';

export interface MysqlFrontOptions
  extends
    Omit<MysqlServerOptions, 'collation'>,
    Pick<FrontContext, 'executor' | 'describer' | 'gateway' | 'flavor' | 'releaseAll' | 'transactionMode'> {
  /** Told of each client, for SHOW PROCESSLIST. */
  processes?: ProcessList;
}

/** However short the grace, shards are told that open transactions are over. */
const SHORTEST_CLOSE_MS = 1000;

/** The gate's MySQL side: one session a connection. */
export class MysqlFront {
  private readonly server: MysqlServer;
  private readonly context: FrontContext;
  /** Users of the connections, by id, as KILL asks for them. */
  private readonly users = new Map<number, string>();
  private readonly startedMs = performance.now();
  private questions = 0;
  private isStopping = false;
  private whenAllClosed?: () => void;

  constructor(private readonly options: MysqlFrontOptions) {
    this.server = new MysqlServer(options, (client) => this.openSession(client));
    this.context = {
      executor: options.executor,
      describer: options.describer,
      gateway: options.gateway,
      flavor: options.flavor,
      transactionMode: options.transactionMode,
      releaseAll: options.releaseAll,
      names: new LogicalNames(options.gateway),
      kill: (statement, byUser) => this.kill(statement, byUser),
      statementEnded: () => void this.questions++,
      statistics: () => this.statistics(),
      sessionClosed: (connectionId) => this.sessionClosed(connectionId),
    };
  }

  /** Resolves to the TCP port; null without one. Rejects with UNAVAILABLE when an address is taken. */
  async start(): Promise<number | null> {
    await this.server.listen();
    return this.server.port;
  }

  get connectionCount(): number {
    return this.server.connectionCount;
  }

  /**
   * Takes no new connection and lets statements and transactions end for `graceMs`; then closes what is left, which
   * rolls back what is open. Resolves when nothing of it is left on shards, or after `graceMs` once more.
   */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    await this.server.drain(graceMs);
    if (this.users.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(graceMs, SHORTEST_CLOSE_MS));
      this.whenAllClosed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async openSession(client: ClientInfo): Promise<SessionHandler> {
    if (this.isStopping) throw shuttingDown();
    const session = new FrontSession(this.context, client);
    this.users.set(client.connectionId, client.user);
    this.options.processes?.add({
      connectionId: client.connectionId,
      user: client.user,
      host: client.remoteAddress,
      session: () => session.state,
    });
    return session;
  }

  private sessionClosed(connectionId: number): void {
    this.users.delete(connectionId);
    this.options.processes?.remove(connectionId);
    if (this.users.size === 0) this.whenAllClosed?.();
  }

  private kill({ connectionId, queryOnly }: KillStatement, byUser: string): void {
    const user = this.users.get(connectionId);
    if (user === undefined) throw new SqlError(1094, 'HY000', `Unknown thread id: ${connectionId}`);
    if (user !== byUser) throw new SqlError(1095, 'HY000', `You are not owner of thread ${connectionId}`);
    if (queryOnly) this.server.killQuery(connectionId);
    else this.server.killConnection(connectionId);
  }

  private statistics(): string {
    const uptime = Math.floor((performance.now() - this.startedMs) / 1000);
    const rate = (this.questions / Math.max(uptime, 1)).toFixed(3);
    return (
      `Uptime: ${uptime}  Threads: ${this.connectionCount}  Questions: ${this.questions}  Slow queries: 0  ` +
      `Opens: 0  Open tables: 0  Queries per second avg: ${rate}`
    );
  }
}

function shuttingDown(): VtError {
  return new VtError(Code.UNAVAILABLE, 'Server shutdown in progress', { errno: 1053, sqlstate: '08S01' });
}
