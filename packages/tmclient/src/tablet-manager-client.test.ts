import { Deferred } from '@vitess-ts/base';
import {
  ApplySchemaRequest,
  BackupRequest,
  ChangeTypeRequest,
  InitReplicaRequest,
  PingRequest,
  WaitForPositionRequest,
} from '@vitess-ts/proto/tabletmanagerdata';
import { Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { GrpcServer, silentLogger } from '@vitess-ts/servenv';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { LocalTabletManagers } from './local-tablet-managers';
import { registerTabletManagerService, type TabletManagerServer } from './tablet-manager';
import { addressOf, createTabletManagerClient } from './tablet-manager-client';

const alias = { cell: 'zone1', uid: 100 };
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A client and the record of a tablet that `manager` serves, over gRPC or in this process. */
async function connect(transport: 'gRPC' | 'local', manager: TabletManagerServer) {
  const local = new LocalTabletManagers();
  const tablet = Tablet.fromPartial({ alias, hostname: '127.0.0.1' });
  if (transport === 'local') local.register(alias, manager);
  else {
    const server = new GrpcServer({ host: '127.0.0.1', port: 0, log: silentLogger });
    registerTabletManagerService(server, manager);
    tablet.portMap.grpc = await server.start();
    cleanups.push(() => server.stop(100));
  }
  const client = createTabletManagerClient({ local });
  cleanups.push(() => client.close());
  return { client, tablet };
}

describe.each(['gRPC', 'local'] as const)('over %s', (transport) => {
  test('requests and answers arrive whole, and are copies', async () => {
    const seen: unknown[] = [];
    const { client, tablet } = await connect(transport, {
      ping: async (request) => {
        const { payload } = request;
        request.payload = 'changed by the tablet';
        return { payload: payload.toUpperCase() };
      },
      changeType: async (request) => (seen.push(request), {}),
      initReplica: async (request) => (seen.push(request), {}),
    });
    const ping = PingRequest.fromPartial({ payload: 'hello' });
    expect(await client.ping(tablet, ping)).toEqual({ payload: 'HELLO' });
    expect(ping.payload).toBe('hello');
    const change = ChangeTypeRequest.fromPartial({ tabletType: TabletType.REPLICA, semiSync: true });
    const init = InitReplicaRequest.fromPartial({
      parent: { cell: 'zone1', uid: 101 },
      replicationPosition: 'MariaDB/0-1-7',
      timeCreatedNs: 1_700_000_000_123_456_789n,
    });
    await client.changeType(tablet, change);
    await client.initReplica(tablet, init);
    expect(seen).toEqual([change, init]);
  });

  test('methods of a class keep their object', async () => {
    class Manager implements TabletManagerServer {
      private readonly position = 'MariaDB/0-1-7';
      async primaryPosition() {
        return { position: this.position };
      }
    }
    const { client, tablet } = await connect(transport, new Manager());
    expect(await client.primaryPosition(tablet, {})).toEqual({ position: 'MariaDB/0-1-7' });
  });

  test('errors arrive as what they were', async () => {
    const errors: unknown[] = [
      new SqlError(1050, '42S01', "Table 't' already exists"),
      new VtError(Code.FAILED_PRECONDITION, 'not a primary'),
      new TypeError('a bug'),
    ];
    const { client, tablet } = await connect(transport, {
      applySchema: async () => Promise.reject(errors.shift()),
    });
    const request = ApplySchemaRequest.fromPartial({ sql: 'create table t(id int)' });
    const apply = () => client.applySchema(tablet, request);
    await expect(apply()).rejects.toMatchObject({
      errno: 1050,
      sqlstate: '42S01',
      message: expect.stringContaining("Table 't' already exists") as string,
    });
    await expect(apply()).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION, message: 'not a primary' });
    await expect(apply()).rejects.toMatchObject({ name: 'VtError', code: Code.UNKNOWN });
  });

  test('what a tablet does not have is UNIMPLEMENTED, with the name of the RPC', async () => {
    const { client, tablet } = await connect(transport, {});
    await expect(client.fullStatus(tablet, {})).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: '/tabletmanagerservice.TabletManager/FullStatus is not implemented',
    });
    await expect(client.backup(tablet, BackupRequest.create()).next()).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
    });
  });

  test('a deadline and an abort end the call here and there', async () => {
    const reached: AbortSignal[] = [];
    let arrived = new Deferred<void>();
    const aborted = new Deferred<void>();
    const { client, tablet } = await connect(transport, {
      waitForPosition: (_request, { signal }) => {
        reached.push(signal);
        signal.addEventListener('abort', () => aborted.resolve());
        arrived.resolve();
        return new Promise(() => undefined);
      },
    });
    const request = WaitForPositionRequest.create({ position: 'MariaDB/0-1-9' });
    const timely = client.waitForPosition(tablet, request, { timeoutMs: 200 });
    await expect(timely).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await aborted.promise;
    arrived = new Deferred<void>();
    const controller = new AbortController();
    const canceled = client.waitForPosition(tablet, request, { signal: controller.signal });
    const caught = expect(canceled).rejects.toMatchObject({ code: Code.CANCELED });
    await arrived.promise;
    controller.abort();
    await caught;
    expect(reached).toHaveLength(2);
  });

  test('streams deliver in order and end at the tablet when the loop is left', async () => {
    const ended = new Deferred<void>();
    const event = (value: string) => ({ event: { time: undefined, level: 0, file: '', line: 0n, value } });
    const { client, tablet } = await connect(transport, {
      async *backup() {
        try {
          for (let i = 0; ; i++) yield event(`step ${i}`);
        } finally {
          ended.resolve();
        }
      },
    });
    const lines: (string | undefined)[] = [];
    for await (const { event: line } of client.backup(tablet, BackupRequest.create())) {
      lines.push(line?.value);
      if (lines.length === 3) break;
    }
    expect(lines).toEqual(['step 0', 'step 1', 'step 2']);
    await ended.promise;
  });
});

test('an address comes from the record, or the record is at fault', () => {
  const tablet = (hostname: string, portMap: Record<string, number>) =>
    Tablet.fromPartial({ alias, hostname, portMap });
  expect(addressOf(tablet('db1', { grpc: 16100 }))).toBe('db1:16100');
  expect(addressOf(tablet('::1', { grpc: 1 }))).toBe('[::1]:1');
  expect(() => addressOf(tablet('db1', { vt: 1 }))).toThrow(
    'tablet zone1-0000000100 has no host name or no gRPC port',
  );
});

test('a tablet that is gone is UNAVAILABLE; a closed client too', async () => {
  const { client, tablet } = await connect('gRPC', { ping: async ({ payload }) => ({ payload }) });
  await client.ping(tablet, { payload: 'x' });
  await cleanups.shift()?.();
  await expect(client.ping(tablet, { payload: 'x' })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  client.close();
  await expect(client.ping(tablet, { payload: 'x' })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

test('a local tablet that was taken off is called over the network again', async () => {
  const local = new LocalTabletManagers();
  const takeOff = local.register(alias, { ping: async ({ payload }) => ({ payload }) });
  expect(() => local.register(alias, {})).toThrow('registered already');
  const client = createTabletManagerClient({ local });
  cleanups.push(() => client.close());
  const tablet = Tablet.fromPartial({ alias });
  expect(await client.ping(tablet, { payload: 'x' })).toEqual({ payload: 'x' });
  takeOff();
  await expect(client.ping(tablet, { payload: 'x' })).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
  });
});
