import { parseTraceparent, type SpanContext } from './traceparent';

/** Longest comment that is looked into. */
const longestComment = 4096;

// The two forms, each as a whole comment before or after the statement:
//   /*traceparent='00-…-01'*/        sqlcommenter; other keys may stand beside it
//   /*VT_SPAN_CONTEXT=base64*/       base64 of a JSON object with `traceparent`, or with Jaeger's `uber-trace-id`

/**
 * The trace that a statement says it belongs to, in a comment before or after it. Comments inside the statement are
 * not looked at, so text in a string literal cannot be taken for one.
 */
export function extractTraceparentFromComment(sql: string): SpanContext | undefined {
  // Nearly every statement has neither, and each is asked.
  if (!sql.includes('*/')) return undefined;
  for (const comment of outerComments(sql)) {
    const context = fromSqlcommenter(comment) ?? fromVtSpanContext(comment);
    if (context) return context;
  }
  return undefined;
}

function* outerComments(sql: string): Generator<string> {
  let start = skipSpace(sql, 0);
  while (sql.startsWith('/*', start)) {
    const end = sql.indexOf('*/', start + 2);
    if (end < 0) return;
    if (end - start <= longestComment) yield sql.slice(start + 2, end);
    start = skipSpace(sql, end + 2);
  }
  let end = skipBack(sql, sql.length);
  while (end - start >= 4 && sql.endsWith('*/', end)) {
    const open = sql.lastIndexOf('/*', end - 4);
    if (open < start) return;
    if (end - open <= longestComment) yield sql.slice(open + 2, end - 2);
    end = skipBack(sql, open);
  }
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

function skipSpace(sql: string, at: number): number {
  while (at < sql.length && isSpace(sql.charCodeAt(at))) at++;
  return at;
}

function skipBack(sql: string, end: number): number {
  while (end > 0 && (isSpace(sql.charCodeAt(end - 1)) || sql[end - 1] === ';')) end--;
  return end;
}

function fromSqlcommenter(comment: string): SpanContext | undefined {
  const match = /(?:^|[,\s])traceparent='([0-9a-f-]{55})'/.exec(comment);
  return match ? parseTraceparent(match[1]) : undefined;
}

function fromVtSpanContext(comment: string): SpanContext | undefined {
  const match = /^\s*VT_SPAN_CONTEXT=([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(comment);
  if (!match) return undefined;
  const carrier = parseCarrier(Buffer.from(match[1], 'base64').toString());
  if (typeof carrier?.traceparent === 'string') return parseTraceparent(carrier.traceparent);
  if (typeof carrier?.['uber-trace-id'] === 'string') return parseUberTraceId(carrier['uber-trace-id']);
  return undefined;
}

function parseCarrier(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A comment is the client's text: what is no carrier is an ordinary comment.
    return undefined;
  }
}

/** Jaeger's `trace-id:span-id:parent-id:flags`, in hex without leading zeros, perhaps URL-encoded. */
function parseUberTraceId(value: string): SpanContext | undefined {
  const match = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:([0-9a-f]{1,2})$/i.exec(
    value.replaceAll('%3A', ':').toLowerCase(),
  );
  if (!match) return undefined;
  const [, traceId, spanId, flags] = match;
  const sampled = (parseInt(flags, 16) & 1) === 1 ? '01' : '00';
  return parseTraceparent(`00-${traceId.padStart(32, '0')}-${spanId.padStart(16, '0')}-${sampled}`);
}
