import type { BindVariable } from '@vitess-ts/sqltypes';
import { nullBindVariable } from '@vitess-ts/sqltypes';
import {
  bytesParameter,
  isNullAt,
  type ParameterType,
  readParameter,
  readParameterTypes,
} from '../protocol/binary-parameters';
import { ColumnType, Command, ExecuteFlag } from '../protocol/constants';
import { PayloadReader } from '../protocol/payload-reader';
import { unusableParameters } from '../protocol/protocol-error';

/** True for the commands of the prepared statement protocol. */
export function isStatementCommand(command: number): boolean {
  switch (command) {
    case Command.STMT_PREPARE:
    case Command.STMT_EXECUTE:
    case Command.STMT_SEND_LONG_DATA:
    case Command.STMT_CLOSE:
    case Command.STMT_RESET:
    case Command.STMT_FETCH:
      return true;
    default:
      return false;
  }
}

/** Head of COM_STMT_EXECUTE. */
export interface ExecuteHead {
  /** Opens a cursor, from which the client fetches the rows. */
  cursor: boolean;
  parameterCountAvailable: boolean;
}

/** Reads the head of COM_STMT_EXECUTE behind the statement's id. */
export function readExecuteHead(reader: PayloadReader): ExecuteHead {
  const flags = reader.uint8();
  reader.skip(4); // iterations, always 1
  return {
    cursor: (flags & ExecuteFlag.CURSOR_READ_ONLY) !== 0,
    parameterCountAvailable: (flags & ExecuteFlag.PARAMETER_COUNT_AVAILABLE) !== 0,
  };
}

/** What is kept of a statement between executions. */
export interface ParameterState {
  readonly count: number;
  /** As the client said them last; they may be left out of later executions. */
  types: readonly ParameterType[] | null;
  /** Values that came ahead by COM_STMT_SEND_LONG_DATA. */
  readonly longData: ReadonlyMap<number, readonly Buffer[]>;
}

/**
 * Reads the values of COM_STMT_EXECUTE, and changes `state.types` when the client says new ones. Attributes of the query
 * come behind the statement's own parameters. Throws `SqlError` 1210 or 2027.
 */
export function readExecuteParameters(
  reader: PayloadReader,
  state: ParameterState,
  head: ExecuteHead,
  queryAttributes: boolean,
): { values: BindVariable[]; attributes: Map<string, BindVariable> } {
  const attributes = new Map<string, BindVariable>();
  let count = state.count;
  if (queryAttributes && head.parameterCountAvailable) {
    count = reader.lenenc();
    if (count < state.count) throw unusableParameters();
  }
  if (count === 0) return { values: [], attributes };
  if (reader.remaining < (count + 7) >> 3) throw unusableParameters();
  const bitmap = reader.bytes((count + 7) >> 3);
  let names: string[] = [];
  let types = state.types;
  if (reader.remaining > 0 && reader.uint8() !== 0) {
    const read = readParameterTypes(reader, count, queryAttributes);
    ({ types, names } = read);
    state.types = read.types.slice(0, state.count);
  }
  if (types === null || types.length < count) throw unusableParameters();
  const values: BindVariable[] = [];
  for (let i = 0; i < count; i++) {
    const value = valueOf(reader, types[i], bitmap, i, state.longData);
    if (i < state.count) values.push(value);
    else attributes.set(names[i], value);
  }
  return { values, attributes };
}

function valueOf(
  reader: PayloadReader,
  type: ParameterType,
  bitmap: Buffer,
  i: number,
  longData: ReadonlyMap<number, readonly Buffer[]>,
): BindVariable {
  const ahead = longData.get(i);
  if (ahead !== undefined) return bytesParameter(bytesType(type.columnType), Buffer.concat(ahead));
  return isNullAt(bitmap, i) ? nullBindVariable() : readParameter(reader, type);
}

/** Clients send a value of any type ahead; what comes so is bytes or text. */
function bytesType(columnType: number): number {
  switch (columnType) {
    case ColumnType.VARCHAR:
    case ColumnType.VAR_STRING:
    case ColumnType.STRING:
    case ColumnType.JSON:
      return columnType;
    default:
      return ColumnType.BLOB;
  }
}

/** Reads what COM_QUERY carries before its text when the client sends attributes. Throws `SqlError` 1210 or 2027. */
export function readQueryAttributes(reader: PayloadReader): Map<string, BindVariable> {
  const attributes = new Map<string, BindVariable>();
  const count = reader.lenenc();
  reader.lenenc(); // sets of attributes, always 1
  if (count === 0) return attributes;
  if (reader.remaining < (count + 7) >> 3) throw unusableParameters();
  const bitmap = reader.bytes((count + 7) >> 3);
  if (reader.uint8() !== 1) throw unusableParameters();
  const { types, names } = readParameterTypes(reader, count, true);
  for (const [i, type] of types.entries()) {
    attributes.set(names[i], isNullAt(bitmap, i) ? nullBindVariable() : readParameter(reader, type));
  }
  return attributes;
}
