import {
  credentials,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { vtError } from './catalogue';
import { Code } from './code';
import { SqlError, VtError } from './errors';
import { fromServiceError, toServiceError } from './grpc';

const bytes = (value: Buffer): Buffer => value;
const method = (name: string, responseStream: boolean) => ({
  path: `/test.Errors/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});
const definition = { unary: method('Unary', false), stream: method('Stream', true) };

/** The status and its metadata as grpc-js really sends them, over a unary call and over a stream. */
describe('errors over gRPC', () => {
  const errors = [
    new SqlError(1062, '23000', "Duplicate entry '100%: ä🙂\n2' for key 'PRIMARY'"),
    new SqlError(1105, 'HY000', 'ä'.repeat(5000)),
    new VtError(Code.CLUSTER_EVENT, 'not serving'),
    vtError('VT09005'),
  ];
  const server = new Server();
  let client: InstanceType<ReturnType<typeof makeGenericClientConstructor>>;

  beforeAll(async () => {
    server.addService(definition, {
      unary: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
        callback(toServiceError(errors[call.request[0]])),
      stream: (call: ServerWritableStream<Buffer, Buffer>) => {
        call.write(Buffer.from('row'));
        call.emit('error', toServiceError(errors[call.request[0]]));
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (err, bound) =>
        err ? reject(err) : resolve(bound),
      );
    });
    const Client = makeGenericClientConstructor(definition, 'test.Errors');
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  });

  afterAll(() => {
    client.close();
    server.forceShutdown();
  });

  const unary = (i: number) =>
    new Promise<unknown>((resolve) => client.unary(Buffer.from([i]), (err: unknown) => resolve(err)));
  const stream = (i: number) =>
    new Promise<unknown>((resolve) => {
      client
        .stream(Buffer.from([i]))
        .on('error', resolve)
        .resume();
    });

  it.each([0, 1, 2, 3])('arrive as they were sent (%p)', async (i) => {
    const sent = errors[i];
    for (const received of [fromServiceError(await unary(i)), fromServiceError(await stream(i))]) {
      expect(received).toBeInstanceOf(sent.constructor);
      expect([received.code, received.errno, received.sqlstate]).toEqual([
        sent.code,
        sent.errno,
        sent.sqlstate,
      ]);
      if (i === 1) expect(received.message).toMatch(/^ä+ \.\.\.\[truncated\]$/);
      else expect(received.message).toBe(sent.message);
    }
  });
});
