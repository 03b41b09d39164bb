import {
  collationById,
  ServerStatus,
  type ClientInfo,
  type PreparedQuery,
  type QueryReply,
  type SessionHandler,
  type StateChange,
} from '@vitess-ts/mysql';
import type { CallContext } from '@vitess-ts/queryservice';
import { quoteName, splitStatements } from '@vitess-ts/sqlparser';
import {
  emptyResult,
  type BindVariable,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Gateway } from '../executor/gateway';
import { likePattern } from '../executor/like-pattern';
import type { StatementDescriber, StatementDescription } from '../executor/statement-describer';
import { bindParameters } from '../statements/prepared';
import { newSession, type Session, type TransactionMode } from '../session/session';
import { selectTarget } from '../statements/use';
import { setCharset } from '../variables/charset';
import { lexOptionsOf, sqlModeOf } from '../variables/session-variables';
import { ClientTextReader, type ClientText } from './client-text';
import { FrontStatement } from './front-statement';
import { parseKill, type KillStatement } from './kill-statement';
import type { LogicalNames } from './logical-names';
import { decodedParameter } from './parameter-values';
import { SessionTracker } from './session-tracker';

/** What is needed of the executor. */
export interface StatementExecutor {
  execute(
    session: Session,
    sql: string,
    bindVariables: BindVariables,
    call: CallContext & { signal: AbortSignal },
    encoding?: 'utf8' | 'latin1',
  ): AsyncIterable<Result>;
}

/** What all sessions of the front share. */
export interface FrontContext {
  executor: StatementExecutor;
  describer: Pick<StatementDescriber, 'describe'>;
  gateway: Gateway;
  names: LogicalNames;
  flavor: 'mariadb' | 'mysql';
  /** Of new sessions. Default: MULTI. */
  transactionMode?: TransactionMode;
  /** Ends what a session holds on shards. */
  releaseAll: (session: Session, call: CallContext) => Promise<void>;
  /** Throws `SqlError` 1094 for a connection that there is not, 1095 for one of another user. */
  kill: (statement: KillStatement, byUser: string) => void;
  /** Told of each statement that has ended. */
  statementEnded: () => void;
  statistics: () => string;
  /** What the session held is released, or its tablets release it by their own limits. */
  sessionClosed: (connectionId: number) => void;
}

/** COM_FIELD_LIST and COM_STMT_PREPARE have no signal of their own. */
const DESCRIBE_TIMEOUT_MS = 30_000;

/** The session of one MySQL connection. */
export class FrontSession implements SessionHandler {
  private session: Session;
  private readonly call: CallContext;
  private readonly reader = new ClientTextReader();
  private readonly tracker: SessionTracker;

  constructor(
    private readonly context: FrontContext,
    private readonly client: ClientInfo,
  ) {
    const { username, groups } = client.identity;
    this.call = {
      immediateCallerId: { username, groups: [...groups] },
      effectiveCallerId: {
        principal: client.user,
        component: client.remoteAddress,
        subcomponent: 'VTGate MySQL Connector',
        groups: [...groups],
      },
    };
    this.session = this.freshSession();
    this.tracker = new SessionTracker(this.session);
    if (client.database !== '') selectTarget(this.session, client.database, context.gateway);
  }

  /** The state as it is now. */
  get state(): Session {
    return this.session;
  }

  async query(sql: Buffer, reply: QueryReply): Promise<void> {
    const { text, encoding } = this.reader.read(sql, this.charset);
    const statements = this.client.multiStatements ? this.split(text, encoding) : [text];
    for (const [i, statement] of statements.entries()) {
      const more = i < statements.length - 1;
      if (!this.kill(statement, reply, more)) await this.run({ text: statement, encoding }, {}, reply, more);
    }
  }

  async prepare(sql: Buffer): Promise<PreparedQuery> {
    const client = this.reader.read(sql, this.charset);
    this.session.warnings = [];
    const call = { ...this.call, method: 'Prepare', signal: AbortSignal.timeout(DESCRIBE_TIMEOUT_MS) };
    const { describer, names } = this.context;
    try {
      const description = await describer.describe(this.session, client.text, call, client.encoding);
      return new FrontStatement(client, description, names.fields(description.fields), this.runPrepared);
    } catch (error) {
      throw names.error(error);
    }
  }

  async initDb(database: string): Promise<void> {
    selectTarget(this.session, database, this.context.gateway);
  }

  async resetConnection(): Promise<void> {
    const { target } = this.session;
    await this.context.releaseAll(this.session, this.call);
    this.session = this.freshSession();
    this.session.target = target;
  }

  async fieldList(table: string, wildcard: string): Promise<Field[]> {
    const signal = AbortSignal.timeout(DESCRIBE_TIMEOUT_MS);
    const sql = `select * from ${quoteName(table)} limit 0`;
    try {
      for await (const result of this.context.executor.execute(
        this.session,
        sql,
        {},
        { ...this.call, signal },
      )) {
        const matches = wildcard === '' ? (): boolean => true : likePattern(wildcard);
        return this.context.names.fields(result.fields).filter((f) => matches(f.name));
      }
    } catch (error) {
      throw this.context.names.error(error);
    }
    throw noResult();
  }

  async close(): Promise<void> {
    try {
      await this.context.releaseAll(this.session, this.call);
    } finally {
      this.context.sessionClosed(this.client.connectionId);
    }
  }

  statusFlags(): number {
    const { session } = this;
    let flags = session.autocommit ? ServerStatus.AUTOCOMMIT : 0;
    if (session.inTransaction) {
      flags |= ServerStatus.IN_TRANS;
      if (session.transaction.readOnly) flags |= ServerStatus.IN_TRANS_READONLY;
    }
    if (sqlModeOf(session).includes('NO_BACKSLASH_ESCAPES')) flags |= ServerStatus.NO_BACKSLASH_ESCAPES;
    return flags;
  }

  takeStateChanges(): StateChange[] {
    return this.tracker.take(this.session);
  }

  warnings(): number {
    return this.session.warnings.length;
  }

  statistics(): string {
    return this.context.statistics();
  }

  private get charset(): string {
    return this.session.gateVariables.get('character_set_client') ?? 'utf8mb4';
  }

  private freshSession(): Session {
    const { connectionId, user, foundRows, collation } = this.client;
    const { transactionMode } = this.context;
    const session = newSession({
      connectionId,
      user,
      clientFoundRows: foundRows,
      ...(transactionMode && { defaultTransactionMode: transactionMode }),
    });
    const asked = collationById(collation);
    if (asked === undefined) return session;
    try {
      setCharset(session, asked.charset, undefined);
    } catch (error) {
      // MySQL too goes on with its default when a client asks for what cannot be a client's character set.
      if (error instanceof SqlError) return session;
      throw error;
    }
    // Literals reach shards in the default collation: a client library names a collation that nobody has chosen, and a
    // connection of its own for each such client would cost more than it is worth. SET NAMES .. COLLATE is exact.
    session.collation = asked.id;
    session.gateVariables.set('collation_connection', asked.name);
    return session;
  }

  private split(text: string, encoding: 'utf8' | 'latin1'): string[] {
    const semicolon = text.indexOf(';');
    if (semicolon < 0 || semicolon === text.length - 1) return [text];
    const options = { ...lexOptionsOf(this.session), flavor: this.context.flavor, encoding };
    const pieces = splitStatements(text, options).map((piece) => piece.text);
    // Comments alone are one empty statement, which is an error of its own.
    return pieces.length === 0 ? [text] : pieces;
  }

  private kill(statement: string, reply: QueryReply, more: boolean): boolean {
    const kill = parseKill(statement);
    if (kill === undefined) return false;
    this.context.kill(kill, this.client.user);
    reply.result(emptyResult(), more);
    return true;
  }

  private readonly runPrepared = async (
    { text, encoding }: ClientText,
    values: readonly BindVariable[],
    description: StatementDescription,
    reply: QueryReply,
  ): Promise<void> => {
    if (this.kill(text, reply, false)) return;
    const { charset } = this;
    const decoded = values.map((value) => decodedParameter(value, charset, this.reader));
    const lexOptions = { ...lexOptionsOf(this.session), flavor: this.context.flavor, encoding };
    if (!description.normalized) {
      const bound = bindParameters(text, decoded, lexOptions, 'mysqld_stmt_execute');
      return this.run({ text: bound.sql, encoding }, {}, reply, false);
    }
    const bindVariables: BindVariables = {};
    for (let i = 0; i < decoded.length; i++) bindVariables[`v${i + 1}`] = decoded[i];
    return this.run({ text, encoding }, bindVariables, reply, false);
  };

  private async run(
    { text, encoding }: ClientText,
    bindVariables: BindVariables,
    reply: QueryReply,
    more: boolean,
  ): Promise<void> {
    const { executor, names, statementEnded } = this.context;
    try {
      const call = { ...this.call, signal: reply.signal, ...traceOf(reply) };
      const results = executor
        .execute(this.session, text, bindVariables, call, encoding)
        [Symbol.asyncIterator]();
      const first = await results.next();
      if (first.done) throw noResult();
      const second = await results.next();
      const head = { ...first.value, fields: names.fields(first.value.fields) };
      if (second.done) reply.result(head, more);
      else await reply.stream(chain(head, second.value, results), more);
    } catch (error) {
      throw names.error(error);
    } finally {
      statementEnded();
    }
  }
}

/** Clients that trace their queries say so in an attribute of the query (OpenTelemetry for MySQL). */
function traceOf({ attributes }: QueryReply): { traceparent?: string } {
  const traceparent = attributes.get('traceparent');
  return traceparent === undefined ? {} : { traceparent: traceparent.value.toString('latin1') };
}

/** Goes on with a result whose first two chunks have been taken; ending it early ends the statement. */
async function* chain(first: Result, second: Result, rest: AsyncIterator<Result>): AsyncGenerator<Result> {
  try {
    yield first;
    yield second;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function noResult(): VtError {
  return new VtError(Code.INTERNAL, 'the statement gave no result');
}
