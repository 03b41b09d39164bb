import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { CallSettings, GrpcServer, Handlers } from '@vitess-ts/servenv';

type Definition = typeof TabletManagerService;

/** Names of the tablet manager's RPCs: `ping`, `applySchema`, `initReplica`, … */
export type MethodName = keyof Definition;

/** The RPCs that answer once, and those that answer with a stream. */
export type UnaryName = {
  [M in MethodName]: Definition[M]['responseStream'] extends true ? never : M;
}[MethodName];
export type StreamName = Exclude<MethodName, UnaryName>;

export type RequestOf<M extends MethodName> = ReturnType<Definition[M]['requestDeserialize']>;
export type ResponseOf<M extends MethodName> = ReturnType<Definition[M]['responseDeserialize']>;

/** What an implementation knows of a call. */
export interface TabletManagerContext {
  /** Aborts when the caller gives up or its time is over. */
  readonly signal: AbortSignal;
}

/**
 * A tablet's side of the API. What it does not have answers UNIMPLEMENTED with the name of the RPC. Errors are
 * VtErrors or SqlErrors; others reach the caller as UNKNOWN.
 */
export type TabletManagerServer = {
  [M in UnaryName]?: (request: RequestOf<M>, context: TabletManagerContext) => Promise<ResponseOf<M>>;
} & {
  [M in StreamName]?: (request: RequestOf<M>, context: TabletManagerContext) => AsyncIterable<ResponseOf<M>>;
};

/** Limit of the whole call (the client's default when not given, Infinity for none), signal and trace. */
export type TabletManagerCallOptions = Pick<CallSettings, 'timeoutMs' | 'signal' | 'trace'>;

/** Serves a tablet's manager over gRPC. */
export function registerTabletManagerService(server: GrpcServer, manager: TabletManagerServer): void {
  server.handle(TabletManagerService, manager as Handlers<Definition>);
}
