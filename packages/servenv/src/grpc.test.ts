import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, credentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Deferred } from '@vitess-ts/base';
import type { StreamHealthResponse } from '@vitess-ts/proto/query';
import { QueryService } from '@vitess-ts/proto/queryservice';
import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { createChannel, serverStream, unary } from './grpc-client';
import { GrpcServer } from './grpc-server';
import type { CallContext } from './grpc-service';
import { silentLogger } from './log';

const health = (tag: string): StreamHealthResponse => ({
  target: undefined,
  serving: true,
  primaryTermStartTimestamp: 7n,
  realtimeStats: undefined,
  tabletAlias: { cell: tag, uid: 1 },
});

// grpc-js prints what it also gives as an error.
beforeAll(() => setLogVerbosity(logVerbosity.NONE));

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A server with one tablet manager method and one stream, and a client on it. */
async function launch(script: {
  ping?: (payload: string, context: CallContext) => Promise<string>;
  healthStream?: (context: CallContext) => AsyncIterable<StreamHealthResponse>;
}) {
  const errors: unknown[] = [];
  const log = {
    ...silentLogger,
    error: (_msg: string, fields?: Record<string, unknown>) => errors.push(fields),
  };
  const server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    log: { ...log, error: (m, f) => void log.error(m, f) },
  });
  const { ping, healthStream } = script;
  server.handle(TabletManagerService, {
    ping: ping && (async (request, context) => ({ payload: await ping(request.payload, context) })),
  });
  server.handle(QueryService, {
    streamHealth: healthStream && ((_request, context) => healthStream(context)),
  });
  const port = await server.start();
  const channel = createChannel(`127.0.0.1:${port}`);
  const close = async () => {
    channel.close();
    await server.stop(100);
  };
  cleanups.push(close);
  return { server, port, channel, errors };
}

const ping = (channel: Client, payload = 'x', settings = {}) =>
  unary(channel, TabletManagerService.ping, { payload }, settings);

describe('unary calls', () => {
  test('carry requests, answers, metadata, trace and deadline', async () => {
    let seen: { metadata: unknown; trace: unknown; leftMs: number } | undefined;
    const { channel } = await launch({
      ping: async (payload, context) => {
        seen = {
          metadata: context.metadata('x-caller'),
          trace: context.trace,
          leftMs: (context.deadlineMs ?? 0) - Date.now(),
        };
        return payload.toUpperCase();
      },
    });
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
    const answer = await ping(channel, 'hello', { metadata: { 'x-caller': 'ann' }, trace, timeoutMs: 9000 });
    expect(answer.payload).toBe('HELLO');
    expect(seen?.metadata).toBe('ann');
    expect(seen?.trace).toEqual(trace);
    expect(seen?.leftMs).toBeGreaterThan(0);
    expect(seen?.leftMs).toBeLessThanOrEqual(9000);
  });

  test('errors arrive as what they were', async () => {
    const thrown: unknown[] = [
      new SqlError(1062, '23000', "Duplicate entry '1' for key 'PRIMARY'"),
      new VtError(Code.CLUSTER_EVENT, 'reparent under way'),
      new TypeError('a bug'),
    ];
    const { channel, errors } = await launch({ ping: async () => Promise.reject(thrown.shift()) });
    await expect(ping(channel)).rejects.toMatchObject({
      errno: 1062,
      sqlstate: '23000',
      message: expect.stringContaining('Duplicate entry') as string,
    });
    expect(errors).toHaveLength(0);
    await expect(ping(channel)).rejects.toMatchObject({
      code: Code.CLUSTER_EVENT,
      message: 'reparent under way',
    });
    await expect(ping(channel)).rejects.toMatchObject({ code: Code.UNKNOWN });
    expect(errors).toEqual([
      { path: '/tabletmanagerservice.TabletManager/Ping', error: expect.any(TypeError) as unknown },
    ]);
  });

  test('what is not implemented says so, with the name of the RPC, unary and streaming', async () => {
    const { channel } = await launch({});
    await expect(unary(channel, TabletManagerService.sleep, { duration: 1n })).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: '/tabletmanagerservice.TabletManager/Sleep is not implemented',
    });
    await expect(serverStream(channel, QueryService.streamHealth, {}).next()).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: '/queryservice.Query/StreamHealth is not implemented',
    });
  });

  test('an abort or a deadline ends the call at both ends', async () => {
    const aborted = [new Deferred<void>(), new Deferred<void>()];
    let calls = 0;
    const { channel } = await launch({
      ping: (_payload, context) => {
        const { resolve } = aborted[calls++];
        return new Promise((_, reject) =>
          context.signal.addEventListener('abort', () => {
            resolve();
            reject(new Error('gone'));
          }),
        );
      },
    });
    const controller = new AbortController();
    const call = ping(channel, 'x', { signal: controller.signal });
    const caught = expect(call).rejects.toMatchObject({ code: Code.CANCELED });
    setImmediate(() => controller.abort());
    await caught;
    await expect(ping(channel, 'x', { timeoutMs: 100 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
    // The first call may have been ended before the server saw it.
    await aborted[calls - 1].promise;
  });

  test('a server that is not there is UNAVAILABLE, soon', async () => {
    const { channel, server } = await launch({ ping: async () => 'x' });
    await ping(channel);
    await server.stop(100);
    await expect(ping(channel, 'x', { timeoutMs: 5000 })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });
});

describe('server streams', () => {
  test('deliver everything in order, then end', async () => {
    const { channel } = await launch({
      async *healthStream() {
        for (let i = 0; i < 2000; i++) yield health(`cell${i}`);
      },
    });
    const cells: string[] = [];
    for await (const message of serverStream(channel, QueryService.streamHealth, {})) {
      cells.push(message.tabletAlias?.cell ?? '');
    }
    expect(cells).toHaveLength(2000);
    expect(cells[1999]).toBe('cell1999');
  });

  test('an error ends the stream after its messages, and the server lives on', async () => {
    const { channel } = await launch({
      ping: async () => 'alive',
      async *healthStream() {
        yield health('a');
        throw new VtError(Code.FAILED_PRECONDITION, 'not serving');
      },
    });
    const stream = serverStream(channel, QueryService.streamHealth, {});
    expect((await stream.next()).value).toMatchObject({ tabletAlias: { cell: 'a' } });
    await expect(stream.next()).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: 'not serving',
    });
    expect((await ping(channel)).payload).toBe('alive');
  });

  test('a slow client holds the server back, and leaving the loop ends it there', async () => {
    let yielded = 0;
    const ended = new Deferred<void>();
    const bulk = health('x'.repeat(1024 * 1024));
    const { channel } = await launch({
      async *healthStream() {
        try {
          for (; yielded < 500; yielded++) yield bulk;
        } finally {
          ended.resolve();
        }
      },
    });
    for await (const _message of serverStream(channel, QueryService.streamHealth, {})) break;
    await ended.promise;
    expect(yielded).toBeLessThan(100);
  });

  test('an abort ends a stream that is waiting', async () => {
    const ended = new Deferred<void>();
    const { channel } = await launch({
      async *healthStream(context) {
        yield health('a');
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        ended.resolve();
      },
    });
    const controller = new AbortController();
    const stream = serverStream(channel, QueryService.streamHealth, {}, { signal: controller.signal });
    await stream.next();
    const caught = expect(stream.next()).rejects.toMatchObject({ code: Code.CANCELED });
    controller.abort();
    await caught;
    await ended.promise;
  });
});

describe('GrpcServer', () => {
  test('refuses a port that is taken, with an error that names it', async () => {
    const { port } = await launch({});
    const second = new GrpcServer({ host: '127.0.0.1', port, log: silentLogger });
    second.handle(VitessService, {});
    await expect(second.start()).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });

  test('stop lets calls finish, and ends those that take longer than the grace period', async () => {
    const release = new Deferred<void>();
    const started = new Deferred<void>();
    const first = await launch({
      ping: async () => {
        started.resolve();
        await release.promise;
        return 'finished';
      },
    });
    const patient = ping(first.channel);
    await started.promise;
    const stopped = first.server.stop(10_000);
    release.resolve();
    expect((await patient).payload).toBe('finished');
    await stopped;

    const stuckStarted = new Deferred<void>();
    const second = await launch({
      ping: () => (stuckStarted.resolve(), new Promise<string>(() => undefined)),
    });
    const stuck = expect(ping(second.channel)).rejects.toBeInstanceOf(VtError);
    await stuckStarted.promise;
    await second.server.stop(50);
    await stuck;
  });

  test('reflection and health answer a generic client', async () => {
    const { server, port } = await launch({ ping: async (payload) => `${payload}!` });
    server.setServing(true, 'queryservice.Query');
    const buf = async (...args: string[]) => {
      const run = promisify(execFile);
      const { stdout } = await run(
        'npx',
        ['--no-install', 'buf', 'curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...args],
        { timeout: 25_000 },
      );
      return stdout;
    };
    const url = `http://127.0.0.1:${port}`;
    expect((await buf('--list-services', url)).trim().split('\n').sort()).toEqual([
      'grpc.health.v1.Health',
      'queryservice.Query',
      'tabletmanagerservice.TabletManager',
    ]);
    const check = async (service: string) =>
      JSON.parse(
        await buf('-d', JSON.stringify({ service }), `${url}/grpc.health.v1.Health/Check`),
      ) as unknown;
    expect(await check('queryservice.Query')).toEqual({ status: 'SERVING' });
    expect(await check('')).toEqual({ status: 'NOT_SERVING' });
    const answer = await buf('-d', '{"payload":"hi"}', `${url}/tabletmanagerservice.TabletManager/Ping`);
    expect(JSON.parse(answer)).toEqual({ payload: 'hi!' });
  });

  test('bytes that are no request do not bring it down', async () => {
    const { port, channel } = await launch({ ping: async () => 'alive' });
    const raw = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    for (const path of [
      TabletManagerService.ping.path,
      QueryService.streamHealth.path,
      '/no.such.Service/Method',
    ]) {
      await expect(
        new Promise((_, reject) =>
          raw.makeUnaryRequest(
            path,
            (b: Buffer) => b,
            (b) => b,
            Buffer.from([0xff, 0xff, 0xff]),
            (error) => reject(error),
          ),
        ),
      ).rejects.toMatchObject({ code: expect.any(Number) as number });
    }
    expect((await ping(channel)).payload).toBe('alive');
    raw.close();
  });
});
