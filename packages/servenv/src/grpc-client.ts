import {
  Client,
  credentials as grpcCredentials,
  Metadata,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { abortError, onAbort } from '@vitess-ts/base';
import { formatTraceparent, type SpanContext } from '@vitess-ts/telemetry';
import { codeOf, fromServiceError, SqlError, VtError } from '@vitess-ts/vterrors';
import { defaultMaxMessageBytes, sharedChannelOptions } from './grpc-limits';

export interface ChannelOptions {
  /** Most bytes of one message, in and out; 16 MiB when not given. */
  maxMessageBytes?: number;
  /** Delay before the first attempt to connect again, and the most it grows to. */
  initialReconnectBackoffMs?: number;
  maxReconnectBackoffMs?: number;
  /** Plain text when not given. */
  credentials?: ChannelCredentials;
}

/**
 * A connection to one server, for `unary` and `serverStream` with any service's methods. It connects on first use and
 * again after failures; whoever makes it closes it (`close()`).
 *
 * @param address `host:port`, or `unix:/path`.
 */
export function createChannel(address: string, options: ChannelOptions = {}): Client {
  const {
    maxMessageBytes = defaultMaxMessageBytes,
    initialReconnectBackoffMs = 100,
    maxReconnectBackoffMs = 5000,
    credentials = grpcCredentials.createInsecure(),
  } = options;
  return new Client(address, credentials, {
    ...sharedChannelOptions(maxMessageBytes),
    'grpc.initial_reconnect_backoff_ms': initialReconnectBackoffMs,
    'grpc.max_reconnect_backoff_ms': maxReconnectBackoffMs,
    // Connections are not shared with other channels: closing one ends what it opened, nothing else.
    'grpc.use_local_subchannel_pool': 1,
  });
}

export interface CallSettings {
  /** Limit of the whole call; 30 s when not given, Infinity for none. */
  timeoutMs?: number;
  signal?: AbortSignal;
  metadata?: Record<string, string>;
  /** The trace that the call belongs to. */
  trace?: SpanContext;
}

interface Method<Req, Res> {
  path: string;
  requestSerialize: (value: Req) => Buffer;
  responseDeserialize: (value: Buffer) => Res;
}

/** A method with one request and one answer, of a generated service definition (`QueryService.execute`). */
export interface UnaryMethod<Req, Res> extends Method<Req, Res> {
  requestStream: false;
  responseStream: false;
}

/** A method with one request and a stream of answers. */
export interface ServerStreamMethod<Req, Res> extends Method<Req, Res> {
  requestStream: false;
  responseStream: true;
}

/** Calls a method. Rejects with VtError or SqlError: what the server sent, or CANCELED, DEADLINE_EXCEEDED, UNAVAILABLE. */
export function unary<Req, Res>(
  client: Client,
  method: UnaryMethod<Req, Res>,
  request: Req,
  settings: CallSettings = {},
): Promise<Res> {
  const { signal } = settings;
  return new Promise<Res>((resolve, reject) => {
    if (signal?.aborted) return reject(abortedBy(signal));
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadataOf(settings),
      callOptions(settings),
      (error, response) => {
        removeListener();
        if (error) reject(failure(error, signal));
        else resolve(response as Res);
      },
    );
    const removeListener = onAbort(signal, () => call.cancel());
  });
}

/**
 * Calls a method that answers with a stream. The client takes as fast as the loop does (back-pressure); leaving the
 * loop, or the signal, ends the call. Throws as `unary` rejects.
 */
export async function* serverStream<Req, Res>(
  client: Client,
  method: ServerStreamMethod<Req, Res>,
  request: Req,
  settings: CallSettings = {},
): AsyncGenerator<Res, void, undefined> {
  const { signal } = settings;
  if (signal?.aborted) throw abortedBy(signal);
  const call = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadataOf(settings),
    callOptions(settings),
  );
  // The error of a call that is cancelled when the loop has been left arrives with nobody listening.
  call.on('error', () => undefined);
  const removeListener = onAbort(signal, () => call.cancel());
  try {
    for await (const message of call) yield message as Res;
  } catch (error) {
    throw failure(error, signal);
  } finally {
    removeListener();
    call.cancel();
  }
}

/** A cancellation that the caller's signal caused reads as what the signal stands for. */
function failure(error: unknown, signal: AbortSignal | undefined): VtError | SqlError {
  if (signal?.aborted && (error as ServiceError).code === status.CANCELLED) return abortedBy(signal);
  return fromServiceError(error);
}

function abortedBy(signal: AbortSignal): VtError | SqlError {
  const error = abortError(signal);
  if (error instanceof VtError || error instanceof SqlError) return error;
  return new VtError(codeOf(error), error.message, { cause: error });
}

function metadataOf(settings: CallSettings): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(settings.metadata ?? {})) metadata.set(key, value);
  if (settings.trace) metadata.set('traceparent', formatTraceparent(settings.trace));
  return metadata;
}

function callOptions({ timeoutMs = 30_000 }: CallSettings): CallOptions {
  return timeoutMs === Infinity ? {} : { deadline: Date.now() + timeoutMs };
}
