import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { Deferred } from '@vitess-ts/base';
import { Code, fromServiceError, VtError } from '@vitess-ts/vterrors';
import { GrpcServer } from './grpc-server';
import type { Handlers } from './grpc-service';
import { silentLogger } from './log';

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
};
const definition = {
  join: { path: '/test.Streams/Join', requestStream: true as const, responseStream: false as const, ...text },
  echo: { path: '/test.Streams/Echo', requestStream: true as const, responseStream: true as const, ...text },
};

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function launch(handlers: Handlers<typeof definition>) {
  const server = new GrpcServer({ host: '127.0.0.1', port: 0, log: silentLogger });
  server.handle(definition, handlers);
  const client = new Client(`127.0.0.1:${await server.start()}`, credentials.createInsecure());
  cleanups.push(
    () => server.stop(100),
    () => client.close(),
  );
  const { requestSerialize, responseDeserialize } = text;
  return {
    echo: () =>
      client.makeBidiStreamRequest(
        definition.echo.path,
        requestSerialize,
        responseDeserialize,
        new Metadata(),
      ),
    join: (parts: string[]) =>
      new Promise<string | undefined>((resolve, reject) => {
        const call = client.makeClientStreamRequest(
          definition.join.path,
          requestSerialize,
          responseDeserialize,
          new Metadata(),
          (error, value) => (error ? reject(fromServiceError(error)) : resolve(value)),
        );
        for (const part of parts) call.write(part);
        call.end();
      }),
  };
}

test('a stream of requests becomes an async iterable; an early answer is possible', async () => {
  const { join } = await launch({
    async join(requests) {
      const parts: string[] = [];
      for await (const part of requests) {
        if (part === 'stop') break;
        parts.push(part);
      }
      if (parts.length === 0) throw new VtError(Code.INVALID_ARGUMENT, 'nothing to join');
      return parts.join('-');
    },
  });
  expect(await join(['a', 'b', 'c'])).toBe('a-b-c');
  expect(await join(['a', 'stop', 'c'])).toBe('a');
  await expect(join([])).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT, message: 'nothing to join' });
});

test('both directions at once, and an error that ends them', async () => {
  const { echo } = await launch({
    async *echo(requests) {
      for await (const request of requests) {
        if (request === 'bad') throw new VtError(Code.OUT_OF_RANGE, 'too bad');
        yield `${request}!`;
      }
    },
  });
  const call = echo();
  const messages = call[Symbol.asyncIterator]();
  call.write('a');
  expect((await messages.next()).value).toBe('a!');
  call.write('b');
  expect((await messages.next()).value).toBe('b!');
  call.end();
  expect((await messages.next()).done).toBe(true);

  const failing = echo();
  failing.write('bad');
  const error: unknown = await failing[Symbol.asyncIterator]()
    .next()
    .catch((caught: unknown) => caught);
  expect(fromServiceError(error)).toMatchObject({ code: Code.OUT_OF_RANGE, message: 'too bad' });
});

test('a client that goes away ends the handler of a stream, which does not take its messages for all', async () => {
  const outcome = new Deferred<unknown>();
  const { echo } = await launch({
    async *echo(requests, context) {
      try {
        for await (const request of requests) yield request;
        outcome.resolve('complete');
      } catch (error) {
        outcome.resolve([context.signal.aborted, (error as Error).name]);
      }
    },
  });
  const call = echo();
  call.on('error', () => undefined);
  call.write('a');
  await new Promise((resolve) => call.once('data', resolve));
  call.cancel();
  expect(await outcome.promise).toEqual([true, expect.any(String)]);
});
