import type { TabletManagerClient } from '@vitess-ts/tmclient';

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
  'executeMultiFetchAsDba',
  'executeHook',
  'sleep',
  'changeTags',
  'checkThrottler',
  'getThrottlerStatus',
  'replicationStatus',
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
  'getUnresolvedTransactions',
  'readTransaction',
  'getTransactionInfo',
  'concludeTransaction',
] as const;

/** The part of the tablet manager client that vtctld uses. */
export type TabletManager = Pick<TabletManagerClient, (typeof managedCalls)[number]>;
