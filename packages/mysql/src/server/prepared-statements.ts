import { type Field, makeField, MySqlFlag, Type } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import type { ParameterType } from '../protocol/binary-parameters';
import { encodeColumnDefinition } from '../protocol/column-definition';
import { Command, ServerStatus } from '../protocol/constants';
import { encodeEof } from '../protocol/ok-packet';
import { PayloadReader } from '../protocol/payload-reader';
import { PayloadWriter } from '../protocol/payload-writer';
import { Cursor, CursorReply } from './cursor';
import type { ResultEncoder } from './result-encoder';
import type { ReplyForm, ReplyWriter } from './query-reply';
import type { PreparedQuery, SessionHandler } from './session-handler';
import type { StatementBudget } from './statement-budget';
import { readExecuteHead, readExecuteParameters } from './statement-commands';

/** The number of parameters is 16 bits wide in the protocol. */
const MAX_PARAMETERS = 0xffff;
/** MariaDB's clients mean the statement that was prepared last. */
const LATEST = 0xffffffff;

interface Statement {
  readonly query: PreparedQuery;
  /** Parameters of the statement itself. */
  readonly count: number;
  types: readonly ParameterType[] | null;
  readonly longData: Map<number, Buffer[]>;
  /** What was wrong with data that came ahead: said when the statement is executed. */
  longDataError: SqlError | null;
  cursor: Cursor | null;
}

/** What the commands of prepared statements use of their connection. */
export interface StatementHost {
  readonly session: SessionHandler;
  readonly encoder: ResultEncoder;
  write(bytes: Buffer): void;
  sendOk(): void;
  /** The client sends attributes with its queries. */
  readonly queryAttributes: boolean;
  answer(work: (reply: ReplyWriter) => Promise<void>, form: ReplyForm): Promise<void>;
}

/** The statements that one client has prepared, and the commands about them. */
export class PreparedStatements {
  private readonly statements = new Map<number, Statement>();
  private lastId = 0;
  /** False after a PREPARE that failed: there is no latest statement then. */
  private hasLatest = false;
  private longDataBytes = 0;

  constructor(
    private readonly host: StatementHost,
    private readonly budget: StatementBudget,
    /** Most bytes that may come ahead and wait. */
    private readonly maxLongDataBytes: number,
  ) {}

  async run(payload: Buffer): Promise<void> {
    if (payload[0] === Command.STMT_PREPARE) return this.prepare(payload.subarray(1));
    const reader = new PayloadReader(payload, 1, payload.length);
    const id = reader.uint32();
    switch (payload[0]) {
      case Command.STMT_EXECUTE:
        return this.execute(this.find(id, 'mysqld_stmt_execute'), reader);
      case Command.STMT_FETCH:
        return this.fetch(id, reader.uint32());
      case Command.STMT_RESET:
        this.reset(this.find(id, 'mysqld_stmt_reset'));
        return this.host.sendOk();
      case Command.STMT_CLOSE:
        return this.close(id);
      default:
        return this.takeLongData(id, reader);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.budget.giveBack(this.statements.size);
    this.statements.clear();
    this.longDataBytes = 0;
    this.hasLatest = false;
  }

  private async prepare(sql: Buffer): Promise<void> {
    this.hasLatest = false;
    this.budget.take();
    let query: PreparedQuery;
    try {
      query = await this.host.session.prepare(sql);
      if (query.parameters > MAX_PARAMETERS) throw tooManyParameters();
    } catch (error) {
      this.budget.giveBack(1);
      throw error;
    }
    const id = this.nextId();
    const count = query.parameters;
    this.statements.set(id, {
      query,
      count,
      types: null,
      longData: new Map(),
      longDataError: null,
      cursor: null,
    });
    this.hasLatest = true;
    this.host.write(this.prepareReply(id, query));
  }

  private nextId(): number {
    do {
      this.lastId = this.lastId >= 0x7fffffff ? 1 : this.lastId + 1;
    } while (this.statements.has(this.lastId));
    return this.lastId;
  }

  private prepareReply(id: number, { parameters, fields }: PreparedQuery): Buffer {
    const { encoder, session } = this.host;
    const head = new PayloadWriter(12)
      .uint8(0)
      .uint32(id)
      .uint16(fields.length)
      .uint16(parameters)
      .uint8(0)
      .uint16(Math.min(session.warnings(), 0xffff));
    const packets = [encoder.packet(head.finish())];
    const add = (definitions: readonly Field[]): void => {
      if (definitions.length === 0) return;
      for (const field of definitions)
        packets.push(encoder.packet(encodeColumnDefinition(field, encoder.collation)));
      if (!encoder.deprecateEof) packets.push(encoder.packet(encodeEof(0, session.statusFlags())));
    };
    add(new Array<Field>(parameters).fill(parameterField));
    add(fields);
    return Buffer.concat(packets);
  }

  private async execute(statement: Statement, reader: PayloadReader): Promise<void> {
    const head = readExecuteHead(reader);
    statement.cursor = null;
    if (statement.longDataError !== null) {
      const error = statement.longDataError;
      this.reset(statement);
      throw error;
    }
    const { encoder } = this.host;
    const { values, attributes } = readExecuteParameters(reader, statement, head, this.host.queryAttributes);
    this.dropLongData(statement);
    const { query } = statement;
    const work = (reply: ReplyWriter): Promise<void> => {
      if (!head.cursor) return query.execute(values, reply);
      const opened = (cursor: Cursor): void => {
        statement.cursor = cursor;
        this.host.write(cursor.open(encoder, this.status(ServerStatus.CURSOR_EXISTS)));
      };
      return query.execute(values, new CursorReply(reply, opened));
    };
    await this.host.answer(work, { binary: true, attributes });
  }

  private fetch(id: number, count: number): void {
    const { cursor } = this.find(id, 'mysqld_stmt_fetch');
    if (cursor === null) throw new SqlError(1421, 'HY000', `The statement (${id}) has no open cursor`);
    const { encoder } = this.host;
    const isEnd = cursor.remaining < count;
    const flag = isEnd ? ServerStatus.LAST_ROW_SENT : ServerStatus.CURSOR_EXISTS;
    this.host.write(cursor.fetch(count, encoder, this.status(flag)));
    if (isEnd) this.find(id, 'mysqld_stmt_fetch').cursor = null;
  }

  private status(flag: number): { statusFlags: number; warnings: number } {
    const { session } = this.host;
    return { statusFlags: session.statusFlags() | flag, warnings: session.warnings() };
  }

  private reset(statement: Statement): void {
    statement.cursor = null;
    statement.longDataError = null;
    this.dropLongData(statement);
  }

  private close(id: number): void {
    const statement = this.statements.get(id);
    if (statement === undefined) return;
    this.dropLongData(statement);
    this.statements.delete(id);
    this.budget.giveBack(1);
  }

  /** Never answered: what is wrong is kept for the execution. */
  private takeLongData(id: number, reader: PayloadReader): void {
    const statement = this.statements.get(id);
    if (statement === undefined || statement.longDataError !== null) return;
    const parameter = reader.uint16();
    const data = reader.rest();
    if (parameter >= statement.count) {
      statement.longDataError = new SqlError(
        1210,
        'HY000',
        'Incorrect arguments to mysqld_stmt_send_long_data',
      );
      return;
    }
    if (this.longDataBytes + data.length > this.maxLongDataBytes) {
      const text =
        "Parameter of prepared statement which is set through mysql_send_long_data() is longer than 'max_allowed_packet' bytes";
      this.dropLongData(statement);
      statement.longDataError = new SqlError(1105, 'HY000', text);
      return;
    }
    const pieces = statement.longData.get(parameter) ?? [];
    this.longDataBytes += data.length;
    pieces.push(Buffer.from(data));
    statement.longData.set(parameter, pieces);
  }

  private dropLongData(statement: Statement): void {
    for (const pieces of statement.longData.values()) {
      for (const piece of pieces) this.longDataBytes -= piece.length;
    }
    statement.longData.clear();
  }

  private find(id: number, where: string): Statement {
    const statement = this.statements.get(id === LATEST && this.hasLatest ? this.lastId : id);
    if (statement === undefined) {
      const shown = id === LATEST ? -1 : id;
      throw new SqlError(1243, 'HY000', `Unknown prepared statement handler (${shown}) given to ${where}`);
    }
    return statement;
  }
}

const parameterField = makeField('?', Type.NULL_TYPE, { flags: MySqlFlag.BINARY });

/** ER_PS_MANY_PARAM. */
function tooManyParameters(): SqlError {
  return new SqlError(1390, 'HY000', 'Prepared statement contains too many placeholders');
}
