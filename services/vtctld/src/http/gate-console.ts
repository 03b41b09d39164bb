import type { Client } from '@grpc/grpc-js';
import { CallerID } from '@vitess-ts/proto/vtrpc';
import { ExecuteRequest, Session } from '@vitess-ts/proto/vtgate';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import { createChannel, HttpError, json, unary, type DebugServer } from '@vitess-ts/servenv';
import { parse, type Statement } from '@vitess-ts/sqlparser';
import { resultFromProto, typeName, type Result } from '@vitess-ts/sqltypes';
import { Code, VtError, type SqlError } from '@vitess-ts/vterrors';
import type { Access, Role } from './access';
import { readObject, textOf } from './schema-routes';

/** Longest that a statement of the console runs. */
const statementMs = 60_000;
/** Rows that the page gets; the answer says when there were more. */
const maxRows = 1_000;
/** Characters of a value that the page gets. */
const maxValueLength = 10_000;

/** A statement's outcome as the page shows it. */
export interface ConsoleResult {
  columns: { name: string; type: string }[];
  /** null for NULL; bytes that are no text as 0x... */
  rows: (string | null)[][];
  row_count: number;
  rows_affected: string;
  insert_id: string;
  took_ms: number;
}

/** Sends statements of the page to a vtgate. */
export class GateConsole {
  private client?: Client;

  /** @param address `host:port` of a vtgate's gRPC server; empty when none is known. */
  constructor(private readonly address: string) {}

  async run(sql: string, target: string, user: string, signal: AbortSignal): Promise<ConsoleResult> {
    if (this.address === '') {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        'this vtctld knows no vtgate: start it with --vtgate-grpc-address host:port',
      );
    }
    this.client ??= createChannel(this.address);
    const startedMs = performance.now();
    const response = await unary(
      this.client,
      VitessService.execute,
      ExecuteRequest.fromPartial({
        callerId: CallerID.create({ principal: user, component: 'vtctld', subcomponent: 'console' }),
        session: Session.fromPartial({ autocommit: true, targetString: target }),
        query: { sql },
      }),
      { signal, timeoutMs: statementMs },
    );
    if (response.error) throw new HttpError(400, response.error.message);
    if (!response.result) throw new VtError(Code.INTERNAL, 'vtgate answered without a result');
    return consoleResult(resultFromProto(response.result), performance.now() - startedMs);
  }

  close(): void {
    this.client?.close();
  }
}

/** `POST /api/query` with `{"sql": "...", "target": "keyspace[:shard][@type]"}` runs one statement through a vtgate. */
export function addGateRoutes(server: DebugServer, console: GateConsole, access: Access): void {
  server.route('POST', '/api/query', async (request) => {
    // Whoever may not even look is told so before the body is read.
    access.require(request, 'viewer');
    const body = await readObject(request);
    const sql = textOf(body, 'sql');
    const { target = '' } = body;
    if (typeof target !== 'string') throw new HttpError(400, '"target" is no text');
    const { name } = access.require(request, roleForSql(sql));
    return json(await console.run(sql, target, name, request.signal));
  });
}

/** Plans can be looked at by all; what runs on the shards takes more. */
export function roleForSql(sql: string): Role {
  const statement = parsed(sql);
  switch (statement.kind) {
    case 'vexplain':
      return statement.type === 'plan' ? 'viewer' : statementRole(statement.statement);
    default:
      return statementRole(statement);
  }
}

const reading: ReadonlySet<Statement['kind']> = new Set<Statement['kind']>([
  ...(['select', 'setOperation', 'values', 'tableQuery', 'nested'] as const),
  ...(['show', 'explain'] as const),
]);

function statementRole({ kind }: Statement): Role {
  return reading.has(kind) ? 'operator' : 'admin';
}

function parsed(sql: string): Statement {
  try {
    return parse(sql);
  } catch (error) {
    throw new HttpError(400, (error as SqlError).message);
  }
}

function consoleResult(result: Result, tookMs: number): ConsoleResult {
  const rows: ConsoleResult['rows'] = [];
  const shown = Math.min(result.rows.length, maxRows);
  for (let i = 0; i < shown; i++) {
    rows.push(result.fields.map((_, column) => shownValue(result.rows.value(i, column))));
  }
  return {
    columns: result.fields.map(({ name, type }) => ({ name, type: typeName(type) })),
    rows,
    row_count: result.rows.length,
    rows_affected: result.rowsAffected.toString(),
    insert_id: result.insertId.toString(),
    took_ms: Math.round(tookMs * 10) / 10,
  };
}

function shownValue(value: Buffer | null): string | null {
  if (value === null) return null;
  const text = value.toString();
  const whole = Buffer.from(text).equals(value) ? text : `0x${value.toString('hex')}`;
  return whole.length > maxValueLength ? `${whole.slice(0, maxValueLength)}…` : whole;
}
