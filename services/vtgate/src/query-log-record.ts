import { tabletTypeName } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import { redact } from '@vitess-ts/sqlparser';
import { typeName, type BindVariables } from '@vitess-ts/sqltypes';
import type { QueryLogRecord } from '@vitess-ts/telemetry';
import type { StatementStats } from './executor/statement-stats';

/** One statement in the gate's query log. */
export interface GateQueryRecord extends QueryLogRecord {
  method: string;
  remoteAddress: string;
  username: string;
  immediateCaller: string;
  effectiveCaller: string;
  endMs: number;
  planMs: number;
  executeMs: number;
  /** Of COMMIT statements; the commit of an autocommitted write is within `executeMs`. */
  commitMs: number;
  statementType: string;
  planType: string;
  bindVariables: BindVariables;
  shardQueries: number;
  tabletType: string;
  sessionUuid: string;
  isPlanCached: boolean;
  tablesUsed: readonly string[];
  keyspace: string;
}

export function queryRecordOf(stats: StatementStats, isPlanCached: boolean): GateQueryRecord {
  const { session, call, startMs, endMs, plannedMs = endMs, error } = stats;
  const { keyspace, tabletType = TabletType.PRIMARY } = session.target;
  const totalMs = endMs - startMs;
  const isCommit = stats.type === 'COMMIT';
  return {
    sql: stats.sql,
    startMs: stats.startedAtMs,
    totalMs,
    rowsReturned: stats.rowsReturned,
    rowsAffected: Number(stats.rowsAffected),
    error: error === undefined ? undefined : error instanceof Error ? error.message : String(error),
    method: call.method ?? 'Execute',
    remoteAddress: call.effectiveCallerId?.component ?? '',
    username: session.user,
    immediateCaller: call.immediateCallerId?.username ?? '',
    effectiveCaller: call.effectiveCallerId?.principal ?? '',
    endMs: stats.startedAtMs + totalMs,
    planMs: plannedMs - startMs,
    executeMs: isCommit ? 0 : endMs - plannedMs,
    commitMs: isCommit ? endMs - plannedMs : 0,
    statementType: stats.type,
    planType: stats.planType ?? '',
    bindVariables: stats.bindVariables,
    shardQueries: stats.shardQueries,
    tabletType: tabletTypeName(tabletType),
    sessionUuid: session.uuid,
    isPlanCached,
    tablesUsed: stats.tablesUsed,
    keyspace,
  };
}

export type QueryLogFormat = 'text' | 'json';

/** Longest text of a statement or of a bind variable in a line; what is longer is cut. */
const LONGEST_TEXT = 64 << 10;

/**
 * A line of the query log: JSON with Vitess's keys, or the same columns with tabs between them. `redacted`: literals
 * and bind variables are left out.
 */
export function formatQueryRecord(
  record: GateQueryRecord,
  format: QueryLogFormat,
  redacted: boolean,
): string {
  const columns: Record<string, unknown> = {
    Method: record.method,
    RemoteAddr: record.remoteAddress,
    Username: record.username,
    ImmediateCaller: record.immediateCaller,
    'Effective Caller': record.effectiveCaller,
    Start: timeText(record.startMs),
    End: timeText(record.endMs),
    TotalTime: seconds(record.totalMs),
    PlanTime: seconds(record.planMs),
    ExecuteTime: seconds(record.executeMs),
    CommitTime: seconds(record.commitMs),
    StmtType: record.statementType,
    SQL: cut(redacted ? redact(record.sql) : record.sql),
    BindVars: redacted ? '[REDACTED]' : bindVariableTexts(record.bindVariables),
    ShardQueries: record.shardQueries,
    RowsAffected: record.rowsAffected,
    RowsReturned: record.rowsReturned,
    // What MySQL says of an error quotes the statement.
    Error: redacted && record.error !== undefined ? '[REDACTED]' : (record.error ?? ''),
    TabletType: record.tabletType,
    SessionUUID: record.sessionUuid,
    'Cached Plan': record.isPlanCached,
    TablesUsed: record.tablesUsed,
    ActiveKeyspace: record.keyspace,
    PlanType: record.planType,
  };
  if (format === 'json') return `${JSON.stringify(columns)}\n`;
  const texts = Object.values(columns).map((value) =>
    typeof value === 'string' ? quoted(value) : JSON.stringify(value),
  );
  return `${texts.join('\t')}\n`;
}

/** Bare where nothing in it could be taken for a column's or a line's end. */
const quoted = (text: string): string => (/^[\w.:/@+-]*$/.test(text) ? text : JSON.stringify(text));

const timeText = (epochMs: number): string =>
  new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');

/** With microseconds. */
const seconds = (ms: number): number => Math.round(ms * 1000) / 1e6;

const cut = (text: string): string =>
  text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...(${text.length} characters)`;

function bindVariableTexts(bindVariables: BindVariables): Record<string, { type: string; value: unknown }> {
  return Object.fromEntries(
    Object.entries(bindVariables).map(([name, { type, value, values }]) => [
      name,
      {
        type: typeName(type),
        value: values.length > 0 ? values.map((v) => bytesText(v.value)) : bytesText(value),
      },
    ]),
  );
}

const bytesText = (bytes: Buffer | Uint8Array): string => cut(Buffer.from(bytes).toString());
