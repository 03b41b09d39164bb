import { credentials as grpcCredentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { Code, VtError } from '@vitess-ts/vterrors';
import { QueryClient } from '@vitess-ts/proto/queryservice';
import { tabletAliasString } from '@vitess-ts/proto';
import type { Tablet, TabletAlias } from '@vitess-ts/proto/topodata';
import { GrpcQueryService } from './grpc-client';
import { PipelineQueryService } from './pipeline/pipeline-query-service';
import { NotSentError } from './rpc-error';
import type { QueryService } from './query-service';
import { SwitchingQueryService } from './switching-query-service';

/** Opens ways to tablets. Who gets a query service from it closes it. */
export interface QueryTransport {
  connect(tablet: Tablet): QueryService;
  /** Closes what is still open. */
  close(): Promise<void>;
}

/** The tablets that live in this process, by alias. One object is handed to all that must see each other. */
export class LocalTablets {
  private readonly services = new Map<string, QueryService>();

  /** Returns the function that takes the tablet out again. */
  add(alias: TabletAlias, service: QueryService): () => void {
    const key = tabletAliasString(alias);
    if (this.services.has(key)) {
      throw new VtError(Code.ALREADY_EXISTS, `tablet ${key} runs in this process already`);
    }
    this.services.set(key, service);
    return () => {
      if (this.services.get(key) === service) this.services.delete(key);
    };
  }

  get(alias: TabletAlias | undefined): QueryService | undefined {
    return alias && this.services.get(tabletAliasString(alias));
  }
}

export interface TabletTransportOptions {
  /** Tablets that are called directly instead of over gRPC, whenever they are there. */
  local?: LocalTablets;
  /** Default: plain text. */
  credentials?: ChannelCredentials;
  channelOptions?: ChannelOptions;
  /** Largest message that is read, in bytes. Default 64 MiB. */
  maxMessageBytes?: number;
  /** False: a call of gRPC for each query, also where the tablet has a pipeline. Default true. */
  pipeline?: boolean;
}

interface Shared {
  service: QueryService;
  users: number;
}

/**
 * In process where the tablet is in this process, else gRPC: the tablet's pipeline where it has one. One gRPC client an
 * address, shared by all its users.
 */
export class TabletTransport implements QueryTransport {
  private readonly shared = new Map<string, Shared>();

  constructor(private readonly options: TabletTransportOptions = {}) {}

  connect(tablet: Tablet): QueryService {
    let remote: { service: QueryService; address: string } | undefined;
    return new SwitchingQueryService(
      () => {
        const local = this.options.local?.get(tablet.alias);
        if (local) return local;
        if (!remote) {
          const address = grpcAddress(tablet);
          remote = { address, service: this.open(address) };
        }
        return remote.service;
      },
      async () => {
        if (remote) await this.release(remote.address);
        remote = undefined;
      },
    );
  }

  async close(): Promise<void> {
    const open = [...this.shared.values()];
    this.shared.clear();
    await Promise.all(open.map((s) => s.service.close()));
  }

  private open(address: string): QueryService {
    let shared = this.shared.get(address);
    if (!shared) {
      const maxBytes = this.options.maxMessageBytes ?? 64 << 20;
      const client = new QueryClient(address, this.options.credentials ?? grpcCredentials.createInsecure(), {
        'grpc.max_receive_message_length': maxBytes,
        'grpc.max_send_message_length': maxBytes,
        'grpc.initial_reconnect_backoff_ms': 50,
        'grpc.max_reconnect_backoff_ms': 1000,
        'grpc-node.flow_control_window': 8 << 20,
        ...this.options.channelOptions,
      });
      const unary = new GrpcQueryService(client);
      const isPiped = this.options.pipeline ?? true;
      shared = { service: isPiped ? new PipelineQueryService(client, unary, maxBytes) : unary, users: 0 };
      this.shared.set(address, shared);
    }
    shared.users++;
    return shared.service;
  }

  private async release(address: string): Promise<void> {
    const shared = this.shared.get(address);
    if (!shared || --shared.users > 0) return;
    this.shared.delete(address);
    await shared.service.close();
  }
}

function grpcAddress(tablet: Tablet): string {
  const port = tablet.portMap['grpc'];
  if (tablet.hostname === '' || port === undefined) {
    const alias = tabletAliasString(tablet.alias);
    throw new VtError(Code.UNAVAILABLE, `the record of tablet ${alias} has no gRPC address`, {
      cause: new NotSentError('no address'),
    });
  }
  const host = tablet.hostname.includes(':') ? `[${tablet.hostname}]` : tablet.hostname;
  return `${host}:${port}`;
}
