import { Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { QueryService as QueryDefinition, type QueryClient } from '@vitess-ts/proto/queryservice';
import { MessageAckRequest, type Target } from '@vitess-ts/proto/query';
import { Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { FakeTablet } from './fake-tablet.contract';
import { addQueryService } from './grpc-server';
import { addPipeline } from './pipeline/pipeline-server';
import { describeQueryService } from './query-service.contract';
import { noConnection, type QueryService } from './query-service';
import { wasNotSent } from './rpc-error';
import { LocalTablets, TabletTransport } from './transport';

const alias = { cell: 'zone1', uid: 100 };
const target: Target = { keyspace: 'ks', shard: '0', tabletType: TabletType.PRIMARY, cell: '' };

async function serve(service: QueryService, piped = false): Promise<{ server: Server; port: number }> {
  const server = new Server();
  addQueryService(server, service);
  if (piped) addPipeline(server, service);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, p) =>
      error ? reject(error) : resolve(p),
    ),
  );
  return { server, port };
}

const record = (port: number): Tablet =>
  Tablet.fromPartial({ alias, hostname: '127.0.0.1', portMap: { grpc: port } });

describeQueryService('in process', async (tablet) => {
  const local = new LocalTablets();
  local.add(alias, tablet);
  const transport = new TabletTransport({ local });
  const service = transport.connect(Tablet.fromPartial({ alias }));
  return { service, close: () => transport.close() };
});

describeQueryService('gRPC', async (tablet) => {
  const { server, port } = await serve(tablet);
  const transport = new TabletTransport();
  const service = transport.connect(record(port));
  const close = async (): Promise<void> => {
    await service.close();
    server.forceShutdown();
  };
  return { service, close };
});

describeQueryService('gRPC, without a pipeline by choice', async (tablet) => {
  const { server, port } = await serve(tablet, true);
  const transport = new TabletTransport({ pipeline: false });
  const service = transport.connect(record(port));
  const close = async (): Promise<void> => {
    await service.close();
    server.forceShutdown();
  };
  return { service, close };
});

describeQueryService('pipeline', async (tablet) => {
  const { server, port } = await serve(tablet, true);
  const transport = new TabletTransport();
  const service = transport.connect(record(port));
  const close = async (): Promise<void> => {
    await service.close();
    server.forceShutdown();
  };
  return { service, close };
});

describe('TabletTransport', () => {
  it('goes over to the tablet in process when it appears', async () => {
    const far = new FakeTablet();
    const near = new FakeTablet();
    const { server, port } = await serve(far);
    const local = new LocalTablets();
    const transport = new TabletTransport({ local });
    const service = transport.connect(record(port));
    try {
      await service.commit({}, target, 1n);
      const remove = local.add(alias, near);
      await service.commit({}, target, 2n);
      remove();
      await service.commit({}, target, 3n);
      expect(far.calls.map((c) => c.args[0])).toEqual([1n, 3n]);
      expect(near.calls.map((c) => c.args[0])).toEqual([2n]);
    } finally {
      await service.close();
      server.forceShutdown();
    }
  });

  it('tells a request that never left from one that did', async () => {
    const { server, port } = await serve(new FakeTablet());
    server.forceShutdown();
    const transport = new TabletTransport();
    const service = transport.connect(record(port));
    const error = await service.commit({}, target, 1n).catch((e: unknown) => e);
    expect(wasNotSent(error)).toBe(true);
    await service.close();
  });

  it('does not take a request that was cut off for one that never left', async () => {
    const tablet = new FakeTablet();
    const { server, port } = await serve(tablet);
    const transport = new TabletTransport();
    const service = transport.connect(record(port));
    const running = service
      .execute({}, target, { sql: 'hang', bindVariables: {} }, noConnection)
      .catch((e: unknown) => e);
    const deadline = Date.now() + 5000;
    while (tablet.calls.length === 0 && Date.now() < deadline) await new Promise((r) => setImmediate(r));
    server.forceShutdown();
    const error = await running;
    expect(error).toBeInstanceOf(Error);
    expect(wasNotSent(error)).toBe(false);
    await service.close();
  });
});

describe('addQueryService', () => {
  it('names an RPC that it does not have', async () => {
    const { server, port } = await serve(new FakeTablet());
    const Client = makeGenericClientConstructor(QueryDefinition, 'Query');
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as QueryClient;
    try {
      const error = await new Promise<unknown>((resolve) =>
        client.messageAck(MessageAckRequest.fromPartial({}), (e) => resolve(e)),
      );
      expect(error).toMatchObject({
        code: status.UNIMPLEMENTED,
        details: 'queryservice.Query.MessageAck is not implemented by this tablet',
      });
    } finally {
      client.close();
      server.forceShutdown();
    }
  });

  it('streams what is opened: the ids first, then rows or the error', async () => {
    const tablet = new FakeTablet();
    const { server, port } = await serve(tablet);
    const Client = makeGenericClientConstructor(QueryDefinition, 'Query');
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as QueryClient;
    const read = async (sql: string): Promise<{ id: bigint; rows: number; error?: string }[]> => {
      const messages = [];
      const call = client.beginStreamExecute({
        effectiveCallerId: undefined,
        immediateCallerId: undefined,
        target,
        query: { sql, bindVariables: {} },
        options: undefined,
        preQueries: [],
        reservedId: 0n,
      });
      for await (const m of call) {
        messages.push({ id: m.transactionId, rows: m.result?.rows.length ?? 0, error: m.error?.message });
      }
      return messages;
    };
    try {
      expect(await read('select')).toEqual([
        { id: 11n, rows: 0 },
        { id: 11n, rows: 0 },
        { id: 11n, rows: 1 },
        { id: 11n, rows: 1 },
        { id: 11n, rows: 1 },
      ]);
      expect(await read('duplicate')).toEqual([
        { id: 11n, rows: 0 },
        { id: 11n, rows: 0, error: "Duplicate entry '1' for key 'PRIMARY' (errno 1062) (sqlstate 23000)" },
      ]);
    } finally {
      client.close();
      server.forceShutdown();
    }
  });
});
