import {
  connectivityState,
  credentials as grpcCredentials,
  Metadata,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import { onAbort } from '@vitess-ts/base';
import { Code, fromServiceError, VtError } from '@vitess-ts/vterrors';
import type { Host } from 'etcd3/lib/connection-pool';
import { asVtError, interrupted, isAway } from '../errors';
import type { EtcdCalls, EtcdStreams } from './etcd-messages';

/** PEM. */
export interface EtcdTls {
  /** Certificates of the authorities that vouch for the servers. */
  ca: Buffer;
  /** Our own certificate and its key, for servers that ask for one. */
  cert?: Buffer;
  key?: Buffer;
}

export interface EtcdClientOptions {
  /** `host:port` of each server of one cluster. */
  addresses: readonly string[];
  /** Plain text when not given. */
  tls?: EtcdTls;
  /** Limit of each call that is no watch; 5,000 when not given. */
  timeoutMs?: number;
}

export interface EtcdCallSettings {
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface EtcdStream<M extends keyof EtcdStreams> {
  readonly call: ClientDuplexStream<EtcdStreams[M]['request'], EtcdStreams[M]['response']>;
  /** What an error of the call says, as ours. Later calls then go to another server, if this one is away. */
  failure(error: unknown): VtError;
}

type UnaryMethod<M extends keyof EtcdCalls> = (
  request: EtcdCalls[M]['request'],
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response?: EtcdCalls[M]['response']) => void,
) => ClientUnaryCall;

type StreamMethod<M extends keyof EtcdStreams> = (
  metadata: Metadata,
  options: { deadline?: number },
) => EtcdStream<M>['call'];

const serviceOf = {
  range: 'KV',
  deleteRange: 'KV',
  txn: 'KV',
  leaseGrant: 'Lease',
  leaseRevoke: 'Lease',
  leaseKeepAlive: 'Lease',
  watch: 'Watch',
} as const;

const defaultTimeoutMs = 5_000;
/** How long another server gets to connect before the next one is tried. */
const connectTimeoutMs = 1_000;

const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // etcd ends connections that ask more often than every 5 s, or without a call under way.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.keepalive_permit_without_calls': 0,
};

/**
 * Calls to the servers of one etcd cluster: one at a time, another one when that is away. The service clients are
 * etcd3's; of its connection pool and retries nothing is used, for they hold calls back for seconds after etcd has
 * returned, and cannot end a call early.
 */
export class EtcdClient {
  private current = 0;

  private constructor(
    private readonly hosts: readonly { address: string; host: Host }[],
    private readonly timeoutMs: number,
  ) {}

  /** Does not connect yet. INVALID_ARGUMENT for certificates or a key that cannot be used. */
  static async open({
    addresses,
    tls,
    timeoutMs = defaultTimeoutMs,
  }: EtcdClientOptions): Promise<EtcdClient> {
    // Reads etcd's contracts from files, which a process without etcd shall not.
    const etcd3 = await import('etcd3/lib/connection-pool.js');
    const credentials = tls ? sslCredentials(tls) : grpcCredentials.createInsecure();
    const hosts = addresses.map((address) => ({
      address,
      host: new etcd3.Host(address, credentials, channelOptions),
    }));
    return new EtcdClient(hosts, timeoutMs);
  }

  /**
   * Rejects with UNAVAILABLE or DEADLINE_EXCEEDED when etcd is away, with CANCELED or DEADLINE_EXCEEDED when the
   * signal ends the call, else with the code that etcd gave. Only a read is tried on a second server.
   */
  async call<M extends keyof EtcdCalls>(
    method: M,
    request: EtcdCalls[M]['request'],
    { signal, timeoutMs = this.timeoutMs }: EtcdCallSettings = {},
  ): Promise<EtcdCalls[M]['response']> {
    const deadline = Date.now() + timeoutMs;
    const attempts = method === 'range' ? this.hosts.length : 1;
    for (let left = attempts; ; left--) {
      const at = await this.reachable(method, deadline, signal);
      const until = Date.now() + Math.max(0, deadline - Date.now()) / left;
      try {
        return await this.invoke(at, method, request, until, signal);
      } catch (error) {
        if (signal?.aborted) throw interrupted(signal, `${method} on etcd`);
        const failed = this.failure(at, error);
        if (left <= 1 || !isAway(failed)) throw failed;
      }
    }
  }

  /** Opens a call in both directions; the caller handles its `error`, and cancels it. */
  async stream<M extends keyof EtcdStreams>(
    method: M,
    { signal, timeoutMs }: EtcdCallSettings = {},
  ): Promise<EtcdStream<M>> {
    const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    const at = await this.reachable(method, deadline ?? Date.now() + this.timeoutMs, signal);
    const client = this.service(at, method);
    const open = client[method as keyof Client] as unknown as StreamMethod<M>;
    const metadata = new Metadata();
    // A server cut off from its cluster then ends a watch instead of staying silent.
    if (method === 'watch') metadata.set('hasleader', 'true');
    const call = open.call(client, metadata, deadline === undefined ? {} : { deadline });
    return { call, failure: (error) => this.failure(at, error) };
  }

  close(): void {
    for (const { host } of this.hosts) host.close();
  }

  private invoke<M extends keyof EtcdCalls>(
    at: number,
    method: M,
    request: EtcdCalls[M]['request'],
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<EtcdCalls[M]['response']> {
    const client = this.service(at, method);
    const invoke = client[method as keyof Client] as unknown as UnaryMethod<M>;
    return new Promise((resolve, reject) => {
      const call = invoke.call(client, request, new Metadata(), { deadline }, (error, response) => {
        removeListener();
        if (error) reject(error);
        else resolve(response as EtcdCalls[M]['response']);
      });
      const removeListener = onAbort(signal, () => call.cancel());
    });
  }

  private service(at: number, method: keyof typeof serviceOf): Client {
    return this.hosts[at].host.getServiceClient(serviceOf[method]);
  }

  /**
   * A server that is connected, so that a call that fails there is one that was sent. With a single server the call
   * itself is to say what is wrong.
   */
  private async reachable(
    method: keyof typeof serviceOf,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    if (this.hosts.length === 1) return 0;
    for (let i = 0; i < this.hosts.length && !signal?.aborted; i++) {
      const at = this.current;
      if (await connected(this.service(at, method), Math.min(deadline, Date.now() + connectTimeoutMs)))
        return at;
      this.leave(at);
    }
    if (signal?.aborted) throw interrupted(signal, `${method} on etcd`);
    return this.current;
  }

  private failure(at: number, error: unknown): VtError {
    const { code, message } = asVtError(fromServiceError(error));
    // We did not cancel: the connection was lost in a way that grpc-js tells so.
    const lost = code === Code.CANCELED || code === Code.INTERNAL;
    const failed = new VtError(lost ? Code.UNAVAILABLE : code, `etcd ${this.hosts[at].address}: ${message}`, {
      cause: error,
    });
    if (isAway(failed)) this.leave(at);
    return failed;
  }

  private leave(at: number): void {
    if (this.current === at) this.current = (at + 1) % this.hosts.length;
  }
}

function sslCredentials({ ca, cert, key }: EtcdTls): ChannelCredentials {
  try {
    return grpcCredentials.createSsl(ca, key ?? null, cert ?? null);
  } catch (error) {
    throw new VtError(Code.INVALID_ARGUMENT, `TLS to etcd: ${(error as Error).message}`, { cause: error });
  }
}

/** Waits for a connection; false once an attempt has failed. */
function connected(client: Client, deadline: number): Promise<boolean> {
  const channel = client.getChannel();
  return new Promise((resolve) => {
    const look = (): void => {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) resolve(true);
      else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN)
        resolve(false);
      else channel.watchConnectivityState(state, deadline, (error) => (error ? resolve(false) : look()));
    };
    look();
  });
}
