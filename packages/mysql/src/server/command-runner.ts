import { emptyResult } from '@vitess-ts/sqltypes';
import { SqlError, type SqlErrorFields, toSqlError } from '@vitess-ts/vterrors';
import { Command } from '../protocol/constants';
import { encodeErr } from '../protocol/err-packet';
import { encodeOk } from '../protocol/ok-packet';
import { PayloadReader } from '../protocol/payload-reader';
import type { StatementBudget } from './statement-budget';
import { type CommandContext, runCommand } from './commands';
import type { Outbox } from './outbox';
import { PreparedStatements } from './prepared-statements';
import { type ReplyForm, ReplyWriter, stateChangesOf } from './query-reply';
import type { ResultEncoder } from './result-encoder';
import type { SessionHandler } from './session-handler';
import { isStatementCommand, readQueryAttributes } from './statement-commands';

/** What the commands of a connection need of it. */
export interface CommandHost {
  readonly maxPacketBytes: number;
  readonly statementBudget: StatementBudget;
  /** Closes another connection (COM_PROCESS_KILL); throws `SqlError` 1094 / 1095. */
  kill(connectionId: number): void;
  quit(): void;
}

/** Answers the commands of one session, one after another. */
export class CommandRunner implements CommandContext {
  multiStatements = false;
  private reply: ReplyWriter | null = null;
  private readonly statements: PreparedStatements;

  constructor(
    readonly session: SessionHandler,
    readonly encoder: ResultEncoder,
    private readonly outbox: Outbox,
    private readonly host: CommandHost,
    readonly queryAttributes: boolean,
  ) {
    this.statements = new PreparedStatements(this, host.statementBudget, host.maxPacketBytes);
  }

  /** True while what runs can be aborted. */
  get isAnswering(): boolean {
    return this.reply !== null;
  }

  /** Answers one command, also when it fails. */
  async run(payload: Buffer): Promise<void> {
    try {
      if (payload.length > 0 && payload[0] === Command.QUERY) {
        await this.query(payload);
      } else if (payload.length > 0 && isStatementCommand(payload[0])) {
        await this.statements.run(payload);
      } else {
        await runCommand(this, payload);
      }
      if (this.outbox.needsDrain) await this.outbox.drained();
    } catch (error) {
      this.sendError(error);
    }
  }

  /** Runs something that answers through a reply; what it throws ends the reply. */
  async answer(work: (reply: ReplyWriter) => Promise<void>, form: ReplyForm): Promise<void> {
    const reply = new ReplyWriter(this.encoder, this.outbox, this.session, form);
    this.reply = reply;
    try {
      await work(reply);
      reply.finish();
    } catch (error) {
      reply.error(error);
    } finally {
      this.reply = null;
    }
  }

  private query(payload: Buffer): Promise<void> {
    if (!this.queryAttributes) {
      return this.answer((reply) => this.session.query(payload.subarray(1), reply), PLAIN);
    }
    const reader = new PayloadReader(payload, 1, payload.length);
    const attributes = readQueryAttributes(reader);
    return this.answer((reply) => this.session.query(reader.rest(), reply), { binary: false, attributes });
  }

  abort(reason: Error): void {
    this.reply?.abort(reason);
  }

  /** Frees what the client has prepared, as COM_RESET_CONNECTION does. */
  forgetStatements(): void {
    this.statements.clear();
  }

  /** The session is over. */
  close(): Promise<void> {
    this.statements.clear();
    return this.session.close();
  }

  write(bytes: Buffer): void {
    this.outbox.add(bytes);
    this.outbox.flush();
  }

  /** What is no statement leaves no warnings. */
  sendOk(): void {
    const { session } = this;
    const stateChanges = stateChangesOf(session, this.encoder);
    const ok = { ...emptyResult(), statusFlags: session.statusFlags(), stateChanges };
    this.write(this.encoder.packet(encodeOk(ok)));
  }

  sendError(error: unknown): void {
    this.write(this.encoder.packet(encodeErr(clientError(error))));
  }

  setMultiStatements(on: boolean): void {
    this.multiStatements = on;
  }

  kill(connectionId: number): void {
    this.host.kill(connectionId);
  }

  quit(): void {
    this.host.quit();
  }
}

/** Most queries bring no attributes. */
const PLAIN: ReplyForm = { binary: false, attributes: new Map() };

const MALFORMED = 2027;

/** A malformed packet is ours to report, so it gets the server's errno, not the client library's. */
export function clientError(error: unknown): SqlErrorFields {
  return error instanceof SqlError && error.errno === MALFORMED
    ? { errno: 1835, sqlstate: error.sqlstate, message: 'Malformed communication packet' }
    : toSqlError(error);
}
