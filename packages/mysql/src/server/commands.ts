import { Code, SqlError } from '@vitess-ts/vterrors';
import { encodeListedColumn } from '../protocol/column-definition';
import { Command, Header } from '../protocol/constants';
import { encodeEof, encodeOk } from '../protocol/ok-packet';
import { PayloadReader } from '../protocol/payload-reader';
import type { ResultEncoder } from './result-encoder';
import type { SessionHandler } from './session-handler';

/** What the commands beside COM_QUERY and COM_CHANGE_USER use of their connection. */
export interface CommandContext {
  readonly session: SessionHandler;
  readonly encoder: ResultEncoder;
  write(bytes: Buffer): void;
  sendOk(): void;
  setMultiStatements(on: boolean): void;
  /** Frees what the client has prepared. */
  forgetStatements(): void;
  kill(connectionId: number): void;
  quit(): void;
}

/** Runs one command and sends its answer; what it throws is sent as the error. */
export async function runCommand(context: CommandContext, payload: Buffer): Promise<void> {
  const { session } = context;
  switch (payload[0]) {
    case Command.QUIT:
      context.quit();
      return;
    case Command.PING:
      context.sendOk();
      return;
    case Command.INIT_DB:
      await session.initDb(payload.toString('utf8', 1));
      context.sendOk();
      return;
    case Command.RESET_CONNECTION:
      context.forgetStatements();
      await session.resetConnection();
      context.sendOk();
      return;
    case Command.FIELD_LIST:
      return fieldList(context, payload);
    case Command.STATISTICS:
      context.write(context.encoder.packet(Buffer.from(session.statistics(), 'utf8')));
      return;
    case Command.SET_OPTION:
      return setOption(context, payload);
    case Command.PROCESS_KILL:
      context.kill(new PayloadReader(payload, 1, payload.length).uint32());
      context.sendOk();
      return;
    default:
      throw unknownCommand();
  }
}

/** ER_UNKNOWN_COM_ERROR. */
function unknownCommand(): SqlError {
  return new SqlError(1047, '08S01', 'Unknown command', { code: Code.UNIMPLEMENTED });
}

async function fieldList(context: CommandContext, payload: Buffer): Promise<void> {
  const { session, encoder } = context;
  if (session.fieldList === undefined) throw unknownCommand();
  const reader = new PayloadReader(payload, 1, payload.length);
  const table = reader.nulString();
  const wildcard = reader.rest().toString('utf8').replace(/\0$/, '');
  const fields = await session.fieldList(table, wildcard);
  const packets = fields.map((field) => encoder.packet(encodeListedColumn(field, encoder.collation)));
  packets.push(endPacket(context));
  context.write(Buffer.concat(packets));
}

function setOption(context: CommandContext, payload: Buffer): void {
  const option = new PayloadReader(payload, 1, payload.length).uint16();
  if (option > 1) throw unknownCommand();
  context.setMultiStatements(option === 0);
  context.write(endPacket(context));
}

/** EOF, or what stands for it under DEPRECATE_EOF. */
function endPacket({ session, encoder }: CommandContext): Buffer {
  const statusFlags = session.statusFlags();
  // What is no statement leaves no warnings.
  const warnings = 0;
  const payload = encoder.deprecateEof
    ? encodeOk({ rowsAffected: 0n, insertId: 0n, info: '', statusFlags, warnings }, Header.EOF)
    : encodeEof(warnings, statusFlags);
  return encoder.packet(payload);
}
