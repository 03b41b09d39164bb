import type { Client } from '@grpc/grpc-js';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { createChannel, unary, type UnaryMethod } from '@vitess-ts/servenv';

type Definition = typeof VtctldService;
type UnaryName = {
  [M in keyof Definition]: Definition[M]['responseStream'] extends true ? never : M;
}[keyof Definition];
type RequestOf<M extends keyof Definition> = ReturnType<Definition[M]['requestDeserialize']>;
type ResponseOf<M extends keyof Definition> = ReturnType<Definition[M]['responseDeserialize']>;

/** Calls of a vtctld. */
export class VtctldClient {
  private readonly channel: Client;

  /** @param timeoutMs limit of each call. */
  constructor(
    address: string,
    private readonly timeoutMs: number,
  ) {
    this.channel = createChannel(address);
  }

  /** Calls an RPC; what the request lacks has its default. Rejects with VtError or SqlError. */
  call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
    // Method, request and response belong together by the types above.
    const method = VtctldService[name] as unknown as UnaryMethod<unknown, ResponseOf<M>>;
    const defaults = VtctldService[name].requestDeserialize(Buffer.alloc(0));
    return unary(this.channel, method, { ...defaults, ...request }, { timeoutMs: this.timeoutMs });
  }

  close(): void {
    this.channel.close();
  }
}
