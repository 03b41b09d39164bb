import { BoundedQueue, childSignal } from '@vitess-ts/base';
import type { QueryLog, QueryLogRecord } from '@vitess-ts/telemetry';
import { HttpError, type DebugHandler, type DebugRequest } from './debug-request';

/** Records that may wait for a slow reader; further ones are left out, for queries do not wait for it. */
const QUEUE_RECORDS = 1000;
const LONGEST_S = 24 * 3600;
const LONGEST_LIMIT = 1e9;

/**
 * Streams the records of a query log as they come, one line each, until the reader goes away: `?limit=` ends after so
 * many records, `?timeout=` after so many seconds.
 */
export function queryLogPage<R extends QueryLogRecord>(
  log: QueryLog<R>,
  format: (record: R) => string,
): DebugHandler {
  return (request) => {
    const limit = numberOf(request, 'limit', LONGEST_LIMIT);
    const timeoutMs = numberOf(request, 'timeout', LONGEST_S) * 1000;
    return { body: lines(log, format, limit, timeoutMs, request.signal) };
  };
}

async function* lines<R extends QueryLogRecord>(
  log: QueryLog<R>,
  format: (record: R) => string,
  limit: number,
  timeoutMs: number,
  client: AbortSignal,
): AsyncGenerator<string> {
  const queue = new BoundedQueue<R>(QUEUE_RECORDS);
  const leave = log.subscribe((record) => void queue.tryPush(record));
  const child = childSignal(client, timeoutMs);
  child.signal.addEventListener('abort', () => queue.close(), { once: true });
  try {
    // Lets the reader know that it is heard from now on.
    yield '';
    for (let i = 0; i < limit; i++) {
      const record = await queue.shift();
      if (record === undefined) return;
      yield format(record);
    }
  } finally {
    leave();
    child.dispose();
  }
}

function numberOf({ query }: DebugRequest, name: string, most: number): number {
  const text = query.get(name);
  if (text === null) return most;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= 1 && value <= most))
    throw new HttpError(400, `${name} must be a whole number from 1 to ${most}`);
  return value;
}
