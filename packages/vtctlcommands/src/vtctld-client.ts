import type { Client } from '@grpc/grpc-js';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import {
  createChannel,
  serverStream,
  unary,
  type ServerStreamMethod,
  type UnaryMethod,
} from '@vitess-ts/servenv';
import {
  fullRequest,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
  type VtctldCalls,
} from './vtctld-calls';

/** Calls of a vtctld over gRPC. */
export class VtctldClient implements VtctldCalls {
  private readonly channel: Client;

  /** @param timeoutMs limit of each call. */
  constructor(
    address: string,
    private readonly timeoutMs: number,
  ) {
    this.channel = createChannel(address);
  }

  call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
    // Method, request and response belong together by the types above.
    const method = VtctldService[name] as unknown as UnaryMethod<unknown, ResponseOf<M>>;
    return unary(this.channel, method, fullRequest(name, request), { timeoutMs: this.timeoutMs });
  }

  stream<M extends StreamName>(name: M, request: Partial<RequestOf<M>> = {}): AsyncIterable<ResponseOf<M>> {
    const method = VtctldService[name] as unknown as ServerStreamMethod<unknown, ResponseOf<M>>;
    return serverStream(this.channel, method, fullRequest(name, request), { timeoutMs: this.timeoutMs });
  }

  async close(): Promise<void> {
    this.channel.close();
  }
}
