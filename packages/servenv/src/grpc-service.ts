import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { CanceledError } from '@vitess-ts/base';
import { parseTraceparent, type SpanContext } from '@vitess-ts/telemetry';
import { Code, SqlError, toServiceError, VtError } from '@vitess-ts/vterrors';

/** What a handler knows of the call that it serves. */
export interface CallContext {
  /** Aborts when the client gives up, its deadline passes, or the connection ends. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds; undefined when the client set none. */
  readonly deadlineMs: number | undefined;
  /** `host:port` of the client, or what stands for it on a socket file. */
  readonly peer: string;
  /** The trace that the client is in. */
  readonly trace: SpanContext | undefined;
  /** First value of a metadata key; bytes for keys that end in `-bin`. */
  metadata(key: string): string | Buffer | undefined;
}

type UnaryHandler<Req, Res> = (request: Req, context: CallContext) => Promise<Res>;
type ServerStreamHandler<Req, Res> = (request: Req, context: CallContext) => AsyncIterable<Res>;
type ClientStreamHandler<Req, Res> = (requests: AsyncIterable<Req>, context: CallContext) => Promise<Res>;
type BidiHandler<Req, Res> = (requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res>;

/** The handler of one method, by the shape of its definition. */
export type Handler<D> =
  D extends MethodShape<infer Req, infer Res>
    ? D['requestStream'] extends true
      ? D['responseStream'] extends true
        ? BidiHandler<Req, Res>
        : ClientStreamHandler<Req, Res>
      : D['responseStream'] extends true
        ? ServerStreamHandler<Req, Res>
        : UnaryHandler<Req, Res>
    : never;

interface MethodShape<Req, Res> {
  path: string;
  requestStream: boolean;
  responseStream: boolean;
  requestDeserialize: (value: Buffer) => Req;
  responseSerialize: (value: Res) => Buffer;
}

/** Handlers for some methods of a service definition, by the method's name there. */
export type Handlers<S> = { [M in keyof S]?: Handler<S[M]> };

/** Told of what a handler throws that is neither a VtError nor a SqlError: the client sees UNKNOWN, the log should say more. */
export type UnexpectedErrorListener = (path: string, error: unknown) => void;

/**
 * A grpc-js implementation of the service out of handlers that return promises and async iterables. Methods without a
 * handler answer UNIMPLEMENTED with their path. Errors become statuses; streams honour back-pressure.
 */
export function implementService<S extends ServiceDefinition>(
  definition: S,
  handlers: Handlers<S>,
  onUnexpected: UnexpectedErrorListener = () => undefined,
): UntypedServiceImplementation {
  const implemented: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(definition)) {
    const handler = (handlers as Record<string, unknown>)[name];
    if (handler) implemented[name] = adapt(method, handler, handlers, onUnexpected);
  }
  return unimplementedService(definition, implemented);
}

/** `implemented` (grpc-js handlers, bound as they are), with UNIMPLEMENTED for every other method of the definition. */
export function unimplementedService(
  definition: ServiceDefinition,
  implemented: UntypedServiceImplementation,
): UntypedServiceImplementation {
  const service: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(definition)) {
    service[name] = implemented[name] ?? unimplemented(method);
  }
  return service;
}

function unimplemented(method: MethodDefinition<unknown, unknown>): UntypedServiceImplementation[string] {
  const status = () => toServiceError(new VtError(Code.UNIMPLEMENTED, `${method.path} is not implemented`));
  if (method.responseStream) {
    return (call: ServerWritableStream<unknown, unknown>) => void call.emit('error', status());
  }
  const unary: handleUnaryCall<unknown, unknown> = (_call, callback) => callback(status());
  return unary;
}

function adapt(
  method: MethodDefinition<unknown, unknown>,
  handler: unknown,
  owner: unknown,
  onUnexpected: UnexpectedErrorListener,
): UntypedServiceImplementation[string] {
  const failure = (error: unknown) => {
    if (!(error instanceof VtError) && !(error instanceof SqlError)) onUnexpected(method.path, error);
    return toServiceError(error);
  };
  const bound = (handler as (...args: unknown[]) => unknown).bind(owner);
  if (!method.requestStream && !method.responseStream) {
    const call = bound as UnaryHandler<unknown, unknown>;
    const unary: handleUnaryCall<unknown, unknown> = (grpcCall, callback) =>
      void settle(() => call(grpcCall.request, new Context(grpcCall))).then(
        (response) => callback(null, response),
        (error: unknown) => callback(failure(error)),
      );
    return unary;
  }
  if (!method.responseStream) {
    const call = bound as ClientStreamHandler<unknown, unknown>;
    const clientStream: handleClientStreamingCall<unknown, unknown> = (grpcCall, callback) =>
      void settle(() => call(incoming(grpcCall), new Context(grpcCall))).then(
        (response) => callback(null, response),
        (error: unknown) => callback(failure(error)),
      );
    return clientStream;
  }
  if (!method.requestStream) {
    const call = bound as ServerStreamHandler<unknown, unknown>;
    const serverStream: handleServerStreamingCall<unknown, unknown> = (grpcCall) => {
      const context = new Context(grpcCall);
      void sendStream(grpcCall, context.signal, () => call(grpcCall.request, context), failure);
    };
    return serverStream;
  }
  const call = bound as BidiHandler<unknown, unknown>;
  const bidi: handleBidiStreamingCall<unknown, unknown> = (grpcCall) => {
    const context = new Context(grpcCall);
    void sendStream(grpcCall, context.signal, () => call(incoming(grpcCall), context), failure);
  };
  return bidi;
}

/** Turns what a handler throws before its first await into a rejection. */
const settle = async <T>(fn: () => Promise<T>): Promise<T> => fn();

type Writable = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/**
 * Sends what `source` yields as the answer of a streaming call, waiting whenever the client is slower. Stops taking
 * from it (its `return` is called) when `signal`, the call's, aborts. Never rejects: what `source` throws becomes the
 * status of the call.
 *
 * @param toStatus makes a status of an error; `toServiceError` when not given.
 */
export async function sendStream<Res>(
  call: ServerWritableStream<never, Res> | ServerDuplexStream<never, Res> | Writable,
  signal: AbortSignal,
  source: () => AsyncIterable<Res>,
  toStatus: (error: unknown) => object = toServiceError,
): Promise<void> {
  const stream = call as Writable;
  try {
    for await (const message of source()) {
      if (signal.aborted) return;
      if (!stream.write(message)) await drained(stream, signal);
      if (signal.aborted) return;
    }
    stream.end();
  } catch (error) {
    // Ending a call by destroying it raises an error that nobody catches; the event sends the status.
    if (!signal.aborted) stream.emit('error', toStatus(error));
  }
}

function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** The client's messages; ends when it half-closes, throws when it goes away. */
async function* incoming<Req>(
  call: ServerReadableStream<Req, unknown> | ServerDuplexStream<Req, unknown>,
): AsyncGenerator<Req, void, undefined> {
  // The default iterator destroys the stream when left early, and with it the answer.
  const messages = call.iterator({ destroyOnReturn: false });
  for await (const message of messages) yield message as Req;
  // A client that goes away looks like one that half-closes until the next turn of the event loop. Taking what it had
  // sent for the whole would be wrong.
  await new Promise((resolve) => setImmediate(resolve));
  if (call.cancelled) throw new CanceledError('the client ended the call');
}

type ServerCall = ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | Writable;

class Context implements CallContext {
  private controller?: AbortController;

  constructor(private readonly call: ServerCall) {}

  get signal(): AbortSignal {
    if (!this.controller) {
      const controller = (this.controller = new AbortController());
      const abort = (): void => controller.abort(new CanceledError('the client ended the call'));
      if (this.call.cancelled) abort();
      else (this.call as NodeJS.EventEmitter).on('cancelled', abort);
    }
    return this.controller.signal;
  }

  get deadlineMs(): number | undefined {
    const deadline = this.call.getDeadline();
    const ms = deadline instanceof Date ? deadline.getTime() : deadline;
    return Number.isFinite(ms) ? ms : undefined;
  }

  get peer(): string {
    return this.call.getPeer();
  }

  get trace(): SpanContext | undefined {
    const value = this.metadata('traceparent');
    return typeof value === 'string' ? parseTraceparent(value) : undefined;
  }

  metadata(key: string): string | Buffer | undefined {
    return this.call.metadata.get(key)[0];
  }
}
