import type { Event } from '@vitess-ts/proto/logutil';
import type { AuditRecord, GetAuditLogRequest, RecordChange, TabletCall } from '@vitess-ts/proto/vtaudit';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';

type Definition = typeof VtctldService;

export type StreamName = {
  [M in keyof Definition]: Definition[M]['responseStream'] extends true ? M : never;
}[keyof Definition];
export type UnaryName = Exclude<keyof Definition, StreamName>;
export type RequestOf<M extends keyof Definition> = ReturnType<Definition[M]['requestDeserialize']>;
export type ResponseOf<M extends keyof Definition> = ReturnType<Definition[M]['responseDeserialize']>;

/** What a call would change. */
export interface DryRunOutcome<R> {
  response: R;
  changes: RecordChange[];
  tabletCalls: TabletCall[];
}

/** A vtctld, wherever it is. Calls reject with VtError or SqlError; what a request lacks has its default. */
export interface VtctldCalls {
  call<M extends UnaryName>(name: M, request?: Partial<RequestOf<M>>): Promise<ResponseOf<M>>;
  stream<M extends StreamName>(name: M, request?: Partial<RequestOf<M>>): AsyncIterable<ResponseOf<M>>;
  /** What `call` would do, without doing it. */
  dryRun<M extends UnaryName>(
    name: M,
    request?: Partial<RequestOf<M>>,
  ): Promise<DryRunOutcome<ResponseOf<M>>>;
  /** The changes that were made through it, the newest first. */
  auditLog(request: GetAuditLogRequest): Promise<AuditRecord[]>;
  /** Runs a command line of the first vtctl on the server. */
  legacyCommand(args: readonly string[]): AsyncIterable<Event>;
  close(): Promise<void>;
}

export function fullRequest<M extends keyof Definition>(name: M, request: Partial<RequestOf<M>>): unknown {
  return { ...VtctldService[name].requestDeserialize(Buffer.alloc(0)), ...request };
}

export function encodedRequest<M extends keyof Definition>(name: M, request: Partial<RequestOf<M>>): Buffer {
  const { requestSerialize } = VtctldService[name] as unknown as { requestSerialize(value: unknown): Buffer };
  return requestSerialize(fullRequest(name, request));
}

/** The name of an RPC in the contract: CreateKeyspace. */
export const rpcName = (name: keyof Definition): string => VtctldService[name].path.replace(/^.*\//, '');
