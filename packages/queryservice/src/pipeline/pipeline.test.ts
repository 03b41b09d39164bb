import { Metadata, Server, ServerCredentials, type Client } from '@grpc/grpc-js';
import { TabletType, Tablet } from '@vitess-ts/proto/topodata';
import { QueryClient } from '@vitess-ts/proto/queryservice';
import type { Target } from '@vitess-ts/proto/query';
import { RowBatch, Type, emptyResult, makeField, stringBindVariable, type Result } from '@vitess-ts/sqltypes';
import { Code } from '@vitess-ts/vterrors';
import { credentials } from '@grpc/grpc-js';
import { FakeTablet } from '../fake-tablet.contract';
import { addQueryService } from '../grpc-server';
import {
  noConnection,
  type BoundQuery,
  type CallContext,
  type OpenedResult,
  type QueryService,
} from '../query-service';
import { wasNotSent } from '../rpc-error';
import { TabletTransport } from '../transport';
import { runMethod, STREAM_WINDOW } from './pipeline-definition';
import { addPipeline, type Pipeline } from './pipeline-server';

const target: Target = { keyspace: 'ks', shard: '0', tabletType: TabletType.PRIMARY, cell: '' };
const query = (sql: string): BoundQuery => ({ sql, bindVariables: {} });

/** A tablet whose statements are steered by the test. */
class SteeredTablet extends FakeTablet {
  released = 0;
  produced = 0;
  private go: () => void = () => undefined;
  readonly gate = new Promise<void>((resolve) => (this.go = resolve));

  open(): void {
    this.go();
  }

  override async execute(...args: Parameters<QueryService['execute']>): Promise<Result> {
    const [ctx, , { sql, bindVariables }] = args;
    if (sql === 'large') return text(Buffer.alloc(Number(bindVariables.n.value.toString()), 'x'));
    if (sql === 'echo') return text(bindVariables.v.value);
    if (sql === 'gate') await this.gate;
    return super.execute(ctx, ...(args.slice(1) as [Target, BoundQuery, typeof noConnection]));
  }

  override async *streamExecute(...args: Parameters<QueryService['streamExecute']>): AsyncIterable<Result> {
    if (args[2].sql !== 'count') {
      yield* super.streamExecute(...args);
      return;
    }
    for (; !args[0].signal?.aborted; this.produced++) yield text(Buffer.from(String(this.produced)));
  }

  override async beginExecute(...args: Parameters<QueryService['beginExecute']>): Promise<OpenedResult> {
    await this.gate;
    return super.beginExecute(...args);
  }
}

function text(value: Buffer): Result {
  return { ...emptyResult(), fields: [makeField('a', Type.BLOB)], rows: RowBatch.from(1, [[value]]) };
}

describe('pipeline', () => {
  let tablet: SteeredTablet;
  let server: Server;
  let pipeline: Pipeline;
  let port: number;
  let transport: TabletTransport;
  let service: QueryService;

  beforeEach(async () => {
    tablet = new SteeredTablet();
    server = new Server({ 'grpc.max_receive_message_length': 1 << 20 });
    addQueryService(server, tablet);
    pipeline = addPipeline(server, tablet);
    port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, p) =>
        error ? reject(error) : resolve(p),
      ),
    );
    transport = new TabletTransport({ maxMessageBytes: 30 << 20 });
    service = transport.connect(Tablet.fromPartial({ hostname: '127.0.0.1', portMap: { grpc: port } }));
  });
  afterEach(async () => {
    tablet.open();
    await service.close();
    await transport.close();
    server.forceShutdown();
  });

  const large = (n: number): BoundQuery => ({
    sql: 'large',
    bindVariables: { n: stringBindVariable(String(n)) },
  });

  it('passes a row of 20 MB, and a request of as much, in pieces between which others go', async () => {
    const order: string[] = [];
    const big = service.execute({}, target, large(20 << 20), noConnection).then((r) => {
      order.push('large');
      return r;
    });
    const small = service.execute({}, target, query('select'), noConnection).then(() => order.push('small'));
    const result = await big;
    await small;
    expect(order).toEqual(['small', 'large']);
    expect(result.rows.value(0, 0)?.length).toBe(20 << 20);
    const value = Buffer.alloc(20 << 20, 'y');
    const echo = { sql: 'echo', bindVariables: { v: { ...stringBindVariable(''), value } } };
    const echoed = await service.execute({}, target, echo, noConnection);
    expect(echoed.rows.value(0, 0)?.equals(value)).toBe(true);
  });

  it('refuses what is larger than its limit, and goes on', async () => {
    const failed = await failure(service.execute({}, target, large(31 << 20), noConnection));
    expect(failed).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect((await service.execute({}, target, query('select'), noConnection)).rows.length).toBe(3);
  });

  it('produces no more than the reader takes', async () => {
    let read = 0;
    for await (const result of service.streamExecute({}, target, query('count'), noConnection)) {
      expect(result.rows.value(0, 0)?.toString()).toBe(String(read));
      expect(tablet.produced).toBeLessThanOrEqual(read + STREAM_WINDOW + 1);
      if (++read === 100) break;
    }
    const produced = tablet.produced;
    await service.execute({}, target, query('select'), noConnection);
    expect(tablet.produced).toBeLessThanOrEqual(produced + 1);
  });

  it('rolls back a transaction whose caller was not told of it', async () => {
    const abort = new AbortController();
    const begun = failure(service.beginExecute({ signal: abort.signal }, target, [], query('select'), 0n));
    await service.execute({}, target, query('select'), noConnection);
    abort.abort();
    expect(await begun).toMatchObject({ code: Code.CANCELED });
    await service.execute({}, target, query('select'), noConnection);
    tablet.open();
    await until(() => tablet.calls.some((c) => c.method === 'rollback'));
    expect(tablet.calls.find((c) => c.method === 'rollback')?.args).toEqual([12n]);
  });

  it('rolls back a transaction whose caller gives it up while it is told', async () => {
    const abort = new AbortController();
    const begun = failure(service.beginExecute({ signal: abort.signal }, target, [], query('select'), 0n));
    await service.execute({}, target, query('select'), noConnection);
    tablet.open();
    // The answer is on its way, which this side has not seen.
    await until(() => tablet.calls.some((c) => c.method === 'beginExecute'));
    abort.abort();
    expect(await begun).toMatchObject({ code: Code.CANCELED });
    await until(() => tablet.calls.some((c) => c.method === 'rollback'));
    expect(tablet.calls.find((c) => c.method === 'rollback')?.args).toEqual([12n]);
  });

  it('fails what is under way when the tablet dies, as what may have run; nothing before was sent', async () => {
    const hanging = failure(service.execute({}, target, query('hang'), noConnection));
    await until(() => tablet.calls.length === 1);
    server.forceShutdown();
    const error = await hanging;
    expect(error).toMatchObject({ code: Code.UNAVAILABLE });
    expect(wasNotSent(error)).toBe(false);
    await until(() => tablet.calls[0].ctx.signal?.aborted === true);
    const later = await failure(service.execute({}, target, query('select'), noConnection));
    expect(later).toMatchObject({ code: Code.UNAVAILABLE });
    expect(wasNotSent(later)).toBe(true);
  });

  it('answers what is under way when it drains, and takes nothing new', async () => {
    const running = service.execute({}, target, query('gate'), noConnection);
    await service.execute({}, target, query('select'), noConnection);
    pipeline.drain();
    await until(async () =>
      wasNotSent(await failureOrNothing(service.execute({}, target, query('s'), noConnection))),
    );
    tablet.open();
    expect((await running).rows.length).toBe(3);
    await new Promise<void>((resolve, reject) => {
      server.tryShutdown((error) => (error ? reject(error) : resolve()));
    });
  });

  it('gives up after its time limit, and tells the tablet', async () => {
    const error = await failure(service.execute({ timeoutMs: 50 }, target, query('hang'), noConnection));
    expect(error).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(tablet.calls[0].ctx.timeoutMs).toBe(50);
    await until(() => tablet.calls[0].ctx.signal?.aborted === true);
  });

  it('carries the trace and the callers of each call', async () => {
    const ctx: CallContext = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    await service.execute(ctx, target, query('select'), noConnection);
    const effectiveCallerId = { principal: 'p', component: '', subcomponent: '', groups: [] };
    await service.commit({ effectiveCallerId }, target, 1n);
    expect(tablet.calls[0].ctx.traceparent).toBe(ctx.traceparent);
    expect(tablet.calls[1].ctx.effectiveCallerId).toMatchObject({ principal: 'p' });
  });

  it.each([
    ['nonsense', Buffer.from([0xff, 0xff, 0xff])],
    ['a frame that is cut off', Buffer.from([0x0a, 0x7f, 0x08])],
    ['a call before hello', Buffer.from([0x0a, 0x05, 0x08, 0x01, 0x8a, 0x01, 0x00])],
    ['another version', Buffer.from([0x0a, 0x04, 0x52, 0x02, 0x08, 0x09])],
  ])('ends a stream with %s, and serves the others', async (_what, bytes) => {
    const client: Client = new QueryClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = runMethod;
    const stream = client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      {},
    );
    const error = new Promise((resolve) => stream.on('error', resolve).resume());
    stream.write(bytes);
    await error;
    client.close();
    expect((await service.execute({}, target, query('select'), noConnection)).rows.length).toBe(3);
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  const error = await failureOrNothing(promise);
  if (error === undefined) throw new Error('expected a failure');
  return error;
}

function failureOrNothing(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Polls until true; fails after five seconds. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('condition did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
