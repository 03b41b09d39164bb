import { ExecuteOptions as ProtoExecuteOptions, Target, VTGateCallerID } from '@vitess-ts/proto/query';
import { CallerID } from '@vitess-ts/proto/vtrpc';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { BindVariable, BindVariables, TypedValue } from '@vitess-ts/sqltypes';
import type { BoundQuery, CallContext, ConnectionIds, ExecuteOptions } from '../query-service';
import { DecodedOnce } from './decoded-once';
import { WireReader } from './wire-reader';
import type { WireWriter } from './wire-writer';

/** A `query.ExecuteRequest`. */
export interface ExecuteRequest {
  effectiveCallerId?: CallerID;
  immediateCallerId?: VTGateCallerID;
  target: Target;
  query: BoundQuery;
  ids: ConnectionIds;
  options?: ExecuteOptions;
}

/**
 * Writes `query.ExecuteRequest` messages. By hand, for they are most of what is sent; what is rare in them is left to
 * the generated code.
 */
export class ExecuteEncoder {
  /** Callers by identity: a session's are the same objects for all its calls. */
  private readonly callers = new WeakMap<object, Uint8Array>();

  write(
    out: WireWriter,
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options: ExecuteOptions | undefined,
  ): void {
    const { effectiveCallerId, immediateCallerId } = ctx;
    if (effectiveCallerId !== undefined) out.bytes(1, this.caller(effectiveCallerId, CallerID));
    if (immediateCallerId !== undefined) out.bytes(2, this.caller(immediateCallerId, VTGateCallerID));
    writeTarget(out, 3, target);
    writeQuery(out, 4, query);
    out.bigint(5, ids.transactionId);
    if (options !== undefined) writeOptions(out, 6, options);
    out.bigint(7, ids.reservedId);
  }

  private caller<T extends object>(
    id: T,
    codec: { encode(message: T): { finish(): Uint8Array } },
  ): Uint8Array {
    let bytes = this.callers.get(id);
    if (bytes === undefined) {
      bytes = codec.encode(id).finish();
      this.callers.set(id, bytes);
    }
    return bytes;
  }
}

function writeTarget(out: WireWriter, field: number, target: Target): void {
  const start = out.open(field);
  out.string(1, target.keyspace);
  out.string(2, target.shard);
  out.number(3, target.tabletType);
  out.string(4, target.cell);
  out.close(start);
}

function writeQuery(out: WireWriter, field: number, { sql, bindVariables }: BoundQuery): void {
  const start = out.open(field);
  out.string(1, sql);
  for (const name in bindVariables) {
    const entry = out.open(2);
    out.string(1, name);
    writeBindVariable(out, 2, bindVariables[name]);
    out.close(entry);
  }
  out.close(start);
}

function writeBindVariable(out: WireWriter, field: number, variable: BindVariable): void {
  const start = out.open(field);
  writeValue(out, variable);
  for (const value of variable.values) {
    const element = out.open(3);
    writeValue(out, value);
    out.close(element);
  }
  out.close(start);
}

function writeValue(out: WireWriter, { type, value }: TypedValue): void {
  out.number(1, type);
  if (value.length > 0) out.bytes(2, value);
}

/** Options that sessions commonly have. */
const COMMON: ReadonlySet<string> = new Set(['includedFields', 'clientFoundRows', 'workload']);

function writeOptions(out: WireWriter, field: number, options: ExecuteOptions): void {
  for (const name in options) {
    if (COMMON.has(name)) continue;
    out.bytes(field, ProtoExecuteOptions.encode(ProtoExecuteOptions.fromPartial(options)).finish());
    return;
  }
  const start = out.open(field);
  out.number(4, options.includedFields ?? 0);
  out.flag(5, options.clientFoundRows ?? false);
  out.number(6, options.workload ?? 0);
  out.close(start);
}

/** Reads `query.ExecuteRequest` messages. Parts that are the same in many of them are the same objects. */
export class ExecuteDecoder {
  private readonly effective = new DecodedOnce((bytes) => CallerID.decode(bytes));
  private readonly immediate = new DecodedOnce((bytes) => VTGateCallerID.decode(bytes));
  private readonly targets = new DecodedOnce((bytes) => Target.decode(bytes));
  private readonly options = new DecodedOnce((bytes) => ProtoExecuteOptions.decode(bytes));

  /** Throws INVALID_ARGUMENT for a request without target or query. */
  read(buffer: Buffer, at: number, end: number): ExecuteRequest {
    const reader = new WireReader(buffer, at, end);
    const request: Partial<ExecuteRequest> = {};
    let transactionId = 0n;
    let reservedId = 0n;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          request.effectiveCallerId = once(reader, this.effective);
          break;
        case 2:
          request.immediateCallerId = once(reader, this.immediate);
          break;
        case 3:
          request.target = once(reader, this.targets);
          break;
        case 4:
          request.query = readQuery(reader);
          break;
        case 5:
          transactionId = reader.int64();
          break;
        case 6:
          request.options = once(reader, this.options);
          break;
        case 7:
          reservedId = reader.int64();
          break;
        default:
          reader.skip();
      }
    }
    const { target, query } = request;
    if (target === undefined) throw new VtError(Code.INVALID_ARGUMENT, 'the request names no target');
    if (query === undefined) throw new VtError(Code.INVALID_ARGUMENT, 'the request has no query');
    return { ...request, target, query, ids: { transactionId, reservedId } };
  }
}

function once<T extends object>(reader: WireReader, decoded: DecodedOnce<T>): T {
  const end = reader.bytesEnd();
  const value = decoded.get(reader.buffer, reader.at, end);
  reader.at = end;
  return value;
}

function readQuery(reader: WireReader): BoundQuery {
  const parts = inner(reader);
  const bindVariables: BindVariables = {};
  let sql = '';
  while (parts.next()) {
    if (parts.field === 1) sql = parts.string();
    else if (parts.field === 2) readEntry(parts, bindVariables);
    else parts.skip();
  }
  return { sql, bindVariables };
}

function readEntry(reader: WireReader, into: BindVariables): void {
  const entry = inner(reader);
  let name = '';
  let variable: BindVariable = { type: 0, value: NO_BYTES, values: NO_VALUES };
  while (entry.next()) {
    if (entry.field === 1) name = entry.string();
    else if (entry.field === 2) variable = readBindVariable(entry);
    else entry.skip();
  }
  if (name === '__proto__')
    throw new VtError(Code.INVALID_ARGUMENT, `'${name}' is no name of a bind variable`);
  into[name] = variable;
}

const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_VALUES: TypedValue[] = [];

function readBindVariable(reader: WireReader): BindVariable {
  const parts = inner(reader);
  let type = 0;
  let value: Buffer = NO_BYTES;
  let values = NO_VALUES;
  while (parts.next()) {
    if (parts.field === 1) type = parts.varint();
    else if (parts.field === 2) value = parts.bytes();
    else if (parts.field === 3) {
      if (values === NO_VALUES) values = [];
      const { type: elementType, value: element } = readBindVariable(parts);
      values.push({ type: elementType, value: element });
    } else parts.skip();
  }
  return { type, value, values };
}

/** A reader of the message that the field holds; the outer one goes behind it. */
function inner(reader: WireReader): WireReader {
  const end = reader.bytesEnd();
  const parts = new WireReader(reader.buffer, reader.at, end);
  reader.at = end;
  return parts;
}
