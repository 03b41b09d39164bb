import { VtctldService } from '@vitess-ts/proto/vtctlservice';

type Definition = typeof VtctldService;

export type StreamName = {
  [M in keyof Definition]: Definition[M]['responseStream'] extends true ? M : never;
}[keyof Definition];
export type UnaryName = Exclude<keyof Definition, StreamName>;
export type RequestOf<M extends keyof Definition> = ReturnType<Definition[M]['requestDeserialize']>;
export type ResponseOf<M extends keyof Definition> = ReturnType<Definition[M]['responseDeserialize']>;

/** A vtctld, wherever it is. Calls reject with VtError or SqlError; what a request lacks has its default. */
export interface VtctldCalls {
  call<M extends UnaryName>(name: M, request?: Partial<RequestOf<M>>): Promise<ResponseOf<M>>;
  stream<M extends StreamName>(name: M, request?: Partial<RequestOf<M>>): AsyncIterable<ResponseOf<M>>;
  close(): Promise<void>;
}

export function fullRequest<M extends keyof Definition>(name: M, request: Partial<RequestOf<M>>): unknown {
  return { ...VtctldService[name].requestDeserialize(Buffer.alloc(0)), ...request };
}
