import { spawn } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}
interface ExportRequest {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { scope: { name: string }; spans: ExportedSpan[] }[];
  }[];
}

let server: Server;
let endpoint: string;
let received: { url: string; headers: IncomingHttpHeaders; body: Buffer }[];

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      const type = request.headers['content-type'] ?? '';
      response.writeHead(200, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const root = join(__dirname, '../../..');

/** Runs the sample program in a process of its own: the exporters import modules in a way that jest has not. */
function run(env: Record<string, string>, sampled = true) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@vitess-ts/source',
        '--require',
        join(root, 'tools/dev/swc-register.cjs'),
        join(__dirname, 'testdata/traced-program.ts'),
        sampled ? 'sampled' : 'dropped',
      ],
      { cwd: root, env: { PATH: process.env.PATH, ...env }, timeout: 20_000, killSignal: 'SIGKILL' },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('delivers spans with their parents and the resource', async () => {
  const { code, stderr } = await run({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=secret',
    OTEL_RESOURCE_ATTRIBUTES: 'zone=a',
  });
  expect([code, stderr]).toEqual([0, '']);
  expect(received).toHaveLength(1);
  const [{ url, headers, body }] = received;
  expect([url, headers['x-token']]).toEqual(['/v1/traces', 'secret']);
  const { resourceSpans } = JSON.parse(body.toString()) as ExportRequest;
  const [{ resource, scopeSpans }] = resourceSpans;
  expect(resource.attributes).toEqual(
    expect.arrayContaining([
      { key: 'service.name', value: { stringValue: 'vtgate' } },
      { key: 'service.version', value: { stringValue: '1.2.3' } },
      { key: 'zone', value: { stringValue: 'a' } },
    ]),
  );
  expect(scopeSpans).toMatchObject([{ scope: { name: 'vtgate' } }]);
  const [inner, outer] = scopeSpans[0].spans;
  const traceId = 'a'.repeat(32);
  expect(outer).toMatchObject({ name: 'outer', traceId, parentSpanId: 'b'.repeat(16) });
  expect(outer.attributes).toEqual([{ key: 'rows', value: { intValue: 3 } }]);
  expect(inner).toMatchObject({ name: 'inner', traceId, parentSpanId: outer.spanId });
});

test('a trace that its beginning did not sample is not recorded', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  expect(await run(env, false)).toMatchObject({ code: 0, stderr: '' });
  expect(received).toEqual([]);
});

test('protobuf is what is sent when nothing else is asked for', async () => {
  expect(await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toMatchObject({ code: 0, stderr: '' });
  expect(received.map((r) => r.headers['content-type'])).toEqual(['application/x-protobuf']);
  expect(received[0].body.includes('outer')).toBe(true);
});

test('a collector that is away is told, and does not keep the process', async () => {
  await new Promise((resolve) => server.close(resolve));
  const { code, stderr } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  expect([code, stderr]).toEqual([0, expect.stringMatching(/ECONNREFUSED|not deliver|in time/)]);
});

test('without configuration the SDK is not even loaded', async () => {
  const { code, stdout } = await run({});
  expect([code, JSON.parse(stdout)]).toEqual([0, { tracing: false, sdk: false, enabled: false }]);
});
