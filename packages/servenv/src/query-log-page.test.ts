import { request, type IncomingMessage } from 'node:http';
import { QueryLog, type QueryLogRecord } from '@vitess-ts/telemetry';
import { DebugServer } from './debug-server';
import { createLogger } from './log';
import { queryLogPage } from './query-log-page';

let server: DebugServer;
let log: QueryLog<QueryLogRecord>;

beforeEach(async () => {
  server = new DebugServer({ port: 0, log: createLogger({ component: 'test', sink: silent }) });
  log = new QueryLog<QueryLogRecord>({
    capacity: 0,
    onError: (error) => {
      throw error;
    },
  });
  server.route(
    'GET',
    '/debug/querylog',
    queryLogPage(log, ({ sql }) => `${sql}\n`),
  );
  await server.start();
});
afterEach(() => server.stop());

const silent = { write: () => undefined, close: () => undefined };

const open = (query: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const call = request({ port: server.port, path: `/debug/querylog${query}`, agent: false }, resolve);
    call.on('error', reject);
    call.end();
  });

const record = (sql: string): QueryLogRecord => ({
  sql,
  startMs: 0,
  totalMs: 1,
  rowsReturned: 0,
  rowsAffected: 0,
});

async function text(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

test('streams what is logged from now on, up to the limit', async () => {
  log.append(record('before'));
  const response = await open('?limit=2');
  expect(log.isWanted).toBe(true);
  for (const sql of ['a', 'b', 'c']) log.append(record(sql));
  expect(await text(response)).toBe('a\nb\n');
  expect(log.isWanted).toBe(false);
});

test('ends after the timeout', async () => {
  const response = await open('?timeout=1');
  log.append(record('a'));
  expect(await text(response)).toBe('a\n');
});

test('stops listening when the reader goes away', async () => {
  const response = await open('');
  response.on('error', () => undefined);
  response.destroy();
  const deadline = Date.now() + 5000;
  while (log.isWanted && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  expect(log.isWanted).toBe(false);
});

test.each(['?limit=0', '?limit=x', '?timeout=-1'])('refuses %s', async (query) => {
  expect((await open(query)).statusCode).toBe(400);
});
