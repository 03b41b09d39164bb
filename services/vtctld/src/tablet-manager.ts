import type { Tablet } from '@vitess-ts/proto/topodata';
import type { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { CallSettings } from '@vitess-ts/servenv';

/** The calls to tablets that vtctld makes. */
export const managedCalls = [
  'ping',
  'refreshState',
  'runHealthCheck',
  'reloadSchema',
  'getSchema',
  'getPermissions',
  'executeFetchAsDba',
  'executeFetchAsApp',
  'changeType',
  'setReadOnly',
  'setReadWrite',
  'startReplication',
  'stopReplication',
  'fullStatus',
  'primaryPosition',
  'resetReplication',
  'initPrimary',
  'populateReparentJournal',
  'initReplica',
] as const;

type ManagedCall = (typeof managedCalls)[number];
type Definition = typeof TabletManagerService;
type RequestOf<M> = M extends { requestDeserialize: (value: Buffer) => infer Req } ? Req : never;
type ResponseOf<M> = M extends { responseDeserialize: (value: Buffer) => infer Res } ? Res : never;

/**
 * Calls a tablet's manager: one method per RPC of `tabletmanagerservice.TabletManager`, with its request and response.
 * They reject with VtError or SqlError: what the tablet said, or UNAVAILABLE, DEADLINE_EXCEEDED, CANCELED.
 */
export type TabletManager = {
  [M in ManagedCall]: (
    tablet: Tablet,
    request: RequestOf<Definition[M]>,
    settings?: CallSettings,
  ) => Promise<ResponseOf<Definition[M]>>;
};
