import { QueryLog, type QueryLogFilter, type QueryLogRecord } from './query-log';

const record = (sql: string, more: Partial<QueryLogRecord> = {}): QueryLogRecord => ({
  sql,
  startMs: 0,
  totalMs: 1,
  rowsReturned: 0,
  rowsAffected: 0,
  ...more,
});

const build = (filter?: QueryLogFilter, capacity = 3, random = 0.5) =>
  new QueryLog<QueryLogRecord>({
    capacity,
    filter,
    random: () => random,
    onError: (error) => {
      throw error;
    },
  });

test('keeps the last records, newest first', () => {
  const log = build();
  for (const sql of ['a', 'b', 'c', 'd', 'e']) log.append(record(sql));
  expect(log.recent().map((r) => r.sql)).toEqual(['e', 'd', 'c']);
  expect(log.recent(1).map((r) => r.sql)).toEqual(['e']);
});

test('feeds subscribers until they leave', () => {
  const log = build(undefined, 0);
  const heard: string[] = [];
  const leave = log.subscribe((r) => heard.push(r.sql));
  log.append(record('a'));
  expect(log.isWanted).toBe(true);
  leave();
  expect(log.isWanted).toBe(false);
  log.append(record('b'));
  expect(heard).toEqual(['a']);
  expect(log.recent()).toEqual([]);
});

test.each<[QueryLogFilter, QueryLogRecord, boolean]>([
  [{ tag: 'SLOW' }, record('select 1 /* SLOW */'), true],
  [{ tag: 'SLOW' }, record('select 1'), false],
  [{ minRows: 10 }, record('s', { rowsReturned: 10 }), true],
  [{ minRows: 10 }, record('s', { rowsAffected: 9 }), false],
  [{ minTotalMs: 100 }, record('s', { totalMs: 99 }), false],
  [{ errorsOnly: true }, record('s'), false],
  [{ errorsOnly: true }, record('s', { error: 'denied' }), true],
  [{ sampleRate: 0.6 }, record('s'), true],
  [{ sampleRate: 0.4 }, record('s'), false],
  [{ sampleRate: 0 }, record('s', { error: 'denied' }), true],
])('filter %j', (filter, entry, logged) => {
  expect(build(filter).append(entry)).toBe(logged);
});
