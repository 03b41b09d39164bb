import type { Client } from '@grpc/grpc-js';
import { tabletAliasString } from '@vitess-ts/proto';
import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { createChannel, unary, type CallSettings, type UnaryMethod } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { managedCalls, type TabletManager } from './tablet-manager';

/** Above this many connections the one that was used longest ago is closed. */
const maxChannels = 1_000;

/** Calls tablet managers over gRPC, with one connection per tablet that is kept. */
export class GrpcTabletManager {
  private readonly channels = new Map<string, Client>();

  /** The calls; they go on working until `close`. */
  readonly calls: TabletManager = Object.fromEntries(
    managedCalls.map((name) => [
      name,
      async (tablet: Tablet, request: unknown, settings?: CallSettings) =>
        // The method and the request belong together by the type of `calls`.
        unary(
          this.channel(tablet),
          TabletManagerService[name] as UnaryMethod<unknown, unknown>,
          request,
          settings,
        ),
    ]),
  ) as unknown as TabletManager;

  close(): void {
    for (const channel of this.channels.values()) channel.close();
    this.channels.clear();
  }

  private channel({ alias, hostname, portMap }: Tablet): Client {
    const port = portMap.grpc;
    if (hostname === '' || !port) {
      throw new VtError(
        Code.UNAVAILABLE,
        `tablet ${tabletAliasString(alias)} has no gRPC address in its record`,
      );
    }
    const address = `${hostname}:${port}`;
    const channel = this.channels.get(address) ?? createChannel(address);
    // Put at the end: the first one is the one that was used longest ago.
    this.channels.delete(address);
    this.channels.set(address, channel);
    if (this.channels.size > maxChannels) {
      const [oldest, idle] = [...this.channels][0];
      this.channels.delete(oldest);
      idle.close();
    }
    return channel;
  }
}
