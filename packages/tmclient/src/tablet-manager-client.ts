import { tabletAliasString } from '@vitess-ts/proto';
import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { Tablet } from '@vitess-ts/proto/topodata';
import {
  createChannel,
  serverStream,
  unary,
  type ChannelOptions,
  type ServerStreamMethod,
  type UnaryMethod,
} from '@vitess-ts/servenv';
import type { Clock } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { ConnectionCache } from './connection-cache';
import { callLocal, streamLocal, type LocalTabletManagers } from './local-tablet-managers';
import type {
  MethodName,
  RequestOf,
  ResponseOf,
  StreamName,
  TabletManagerCallOptions,
  UnaryName,
} from './tablet-manager';

type Calls = {
  [M in UnaryName]: (
    tablet: Tablet,
    request: RequestOf<M>,
    options?: TabletManagerCallOptions,
  ) => Promise<ResponseOf<M>>;
} & {
  [M in StreamName]: (
    tablet: Tablet,
    request: RequestOf<M>,
    options?: TabletManagerCallOptions,
  ) => AsyncGenerator<ResponseOf<M>, void, undefined>;
};

/**
 * Calls tablet managers, each RPC a method: `client.ping(tablet, { payload })`. They reject with VtError or SqlError:
 * what the tablet sent, or UNAVAILABLE, DEADLINE_EXCEEDED, CANCELED, or FAILED_PRECONDITION when the tablet's record
 * has no gRPC address. A failed call is never sent again.
 */
export interface TabletManagerClient extends Calls {
  /** Closes all connections; calls under way fail. */
  close(): void;
}

export interface TabletManagerClientOptions {
  /** Tablets of this process, called directly. */
  local?: LocalTabletManagers;
  /** Limit of a call that gives none; 30 s when not given. Streams (backup, restore) have none. */
  defaultTimeoutMs?: number;
  /** Ten minutes when not given. */
  idleTimeoutMs?: number;
  /** 1000 when not given. */
  maxConnections?: number;
  channel?: ChannelOptions;
  clock?: Clock;
}

export function createTabletManagerClient(options: TabletManagerClientOptions = {}): TabletManagerClient {
  const { local, defaultTimeoutMs = 30_000, channel, clock } = options;
  const connections = new ConnectionCache({
    open: (address) => createChannel(address, channel),
    idleTimeoutMs: options.idleTimeoutMs ?? 600_000,
    capacity: options.maxConnections ?? 1000,
    clock,
  });

  const callOnce =
    (name: MethodName) =>
    async (tablet: Tablet, request: unknown, given: TabletManagerCallOptions = {}): Promise<unknown> => {
      const settings = { ...given, timeoutMs: given.timeoutMs ?? defaultTimeoutMs };
      const manager = local?.get(tablet.alias);
      if (manager) return callLocal(manager, name, request, settings);
      const { client, release } = connections.acquire(addressOf(tablet));
      try {
        const method = TabletManagerService[name] as unknown as UnaryMethod<unknown, unknown>;
        return await unary(client, method, request, settings);
      } finally {
        release();
      }
    };

  const callStream = (name: MethodName) =>
    async function* (tablet: Tablet, request: unknown, given: TabletManagerCallOptions = {}) {
      const settings = { ...given, timeoutMs: given.timeoutMs ?? Infinity };
      const manager = local?.get(tablet.alias);
      if (manager) return yield* streamLocal(manager, name, request, settings);
      const { client, release } = connections.acquire(addressOf(tablet));
      try {
        const method = TabletManagerService[name] as unknown as ServerStreamMethod<unknown, unknown>;
        yield* serverStream(client, method, request, settings);
      } finally {
        release();
      }
    };

  const calls = Object.entries(TabletManagerService).map(([name, method]) => [
    name,
    method.responseStream ? callStream(name as MethodName) : callOnce(name as MethodName),
  ]);
  // One entry for each method of the definition, of the shape that `Calls` derives from it.
  return { ...(Object.fromEntries(calls) as Calls), close: () => connections.close() };
}

/** `host:port` of a tablet's gRPC server. */
export function addressOf(tablet: Tablet): string {
  const port = tablet.portMap.grpc;
  if (!tablet.hostname || !port) {
    const name = tabletAliasString(tablet.alias);
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `tablet ${name} has no host name or no gRPC port in its record`,
    );
  }
  return tablet.hostname.includes(':') ? `[${tablet.hostname}]:${port}` : `${tablet.hostname}:${port}`;
}
