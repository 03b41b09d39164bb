import { connect } from 'node:net';
import { MetricsRegistry } from '@vitess-ts/telemetry';
import { Code, VtError } from '@vitess-ts/vterrors';
import { addDebugPages, type HealthReport } from './debug-pages';
import { json } from './debug-request';
import { DebugServer } from './debug-server';
import { silentLogger } from './log';

let server: DebugServer;
let base: string;
let health: HealthReport = { ok: true };

beforeEach(async () => {
  health = { ok: true };
  const registry = new MetricsRegistry({ prefix: 'vtgate' });
  registry.counter('Connections', 'c').add(3);
  server = new DebugServer({ port: 0, log: silentLogger });
  addDebugPages(server, {
    component: 'vtgate <x>',
    version: '0.1.0',
    registries: [registry],
    health: () => health,
    status: () => [{ title: 'Cell', rows: [['Name', '<zone1>']] }],
    report: [{ flag: 'port', value: '1', source: 'flag', help: 'h' }],
  });
  base = `http://127.0.0.1:${await server.start()}`;
});

afterEach(() => server.stop());

test('health follows the component, liveness does not', async () => {
  expect((await fetch(`${base}/debug/health`)).status).toBe(200);
  health = { ok: false, reason: 'no primary' };
  const bad = await fetch(`${base}/debug/health`);
  expect([bad.status, await bad.text()]).toEqual([503, 'no primary']);
  expect((await fetch(`${base}/debug/liveness`)).status).toBe(200);
});

test('vars, metrics, env and status', async () => {
  expect(await (await fetch(`${base}/debug/vars`)).json()).toEqual({ BuildVersion: '0.1.0', Connections: 3 });
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('vtgate_connections 3\n');
  expect(await (await fetch(`${base}/debug/env?format=json`)).json()).toEqual([
    { flag: 'port', value: '1', source: 'flag', help: 'h' },
  ]);
  const status = await (await fetch(`${base}/`)).text();
  expect(status).toContain('&lt;zone1&gt;');
  expect(status).not.toContain('<x>');
  expect(status).toContain('<a href="/debug/vars">');
});

test('own routes: exact before prefix, longer prefix first, bodies, HEAD, streams', async () => {
  server.route('GET', '/api/*', ({ path }) => json({ any: path }));
  server.route('GET', '/api/tablets/*', ({ path }) => json({ tablet: path }));
  server.route('GET', '/api/tablets/all', () => json({ all: 2n ** 60n }));
  server.route('POST', '/echo', async (request) => ({ body: await request.body() }));
  server.route('GET', '/stream', () => ({
    body: (async function* () {
      for (let i = 0; i < 100; i++) yield 'x'.repeat(10_000);
    })(),
  }));
  const get = async (path: string) => (await fetch(base + path)).json();
  expect(await get('/api/x')).toEqual({ any: '/api/x' });
  expect(await get('/api/tablets/1')).toEqual({ tablet: '/api/tablets/1' });
  expect(await get('/api/tablets/all')).toEqual({ all: '1152921504606846976' });
  expect(await (await fetch(`${base}/echo`, { method: 'POST', body: 'hi' })).text()).toBe('hi');
  expect((await (await fetch(`${base}/stream`)).text()).length).toBe(1_000_000);
  const head = await fetch(`${base}/api/x`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('wrong paths, methods and handlers are responses', async () => {
  server.route('GET', '/bug', () => {
    throw new TypeError('a bug');
  });
  server.route('GET', '/gone', () => Promise.reject(new VtError(Code.NOT_FOUND, 'no such tablet')));
  server.route('GET', '/half', () => ({
    body: (async function* () {
      yield 'half';
      throw new Error('broke');
    })(),
  }));
  server.route('POST', '/body', async (request) => ({ body: await request.body() }));
  const status = async (path: string, init?: RequestInit) => (await fetch(base + path, init)).status;
  expect(await status('/nowhere')).toBe(404);
  expect(await status('/metrics', { method: 'POST' })).toBe(405);
  expect(await status('/bug')).toBe(500);
  expect(await (await fetch(`${base}/gone`)).json()).toEqual({ error: 'no such tablet', code: 'NOT_FOUND' });
  await expect(fetch(`${base}/half`).then((response) => response.text())).rejects.toThrow();
  expect(
    await status('/body', { method: 'POST', body: Buffer.alloc(2 * 1024 * 1024) }).catch(() => 413),
  ).toBe(413);
  expect(await status('/metrics')).toBe(200);
});

test.each([
  'nonsense\r\n\r\n',
  'GET //[ HTTP/1.1\r\nHost: x\r\n\r\n',
  `GET / HTTP/1.1\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`,
])('bad bytes are refused and the server lives on', async (bytes) => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      text += data.toString();
      socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1.1 4\d\d/);
  expect((await fetch(`${base}/debug/liveness`)).status).toBe(200);
});

test('a port that is taken is an error that names it', async () => {
  const second = new DebugServer({ port: server.port, log: silentLogger });
  await expect(second.start()).rejects.toMatchObject({
    code: Code.UNAVAILABLE,
    message: expect.stringContaining(String(server.port)) as string,
  });
});
