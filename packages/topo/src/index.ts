export * from './conn';
export {
  badVersion,
  isBadVersion,
  isNodeExists,
  isNoNode,
  lockLost,
  nodeExists,
  noNode,
  notEmpty,
} from './errors';
export { MemoryTopo } from './memory';
export { FileTopo } from './file';
export { EtcdConn, type EtcdConnOptions } from './etcd/etcd-conn';
export { type EtcdTls } from './etcd/etcd-client';
export { etcdTlsOptions, type EtcdTlsFiles } from './etcd/open-etcd';
export { ZkConn, type ZkConnOptions } from './zk/zk-conn';
export { RemoteConn, type RemoteConnOptions } from './remote/remote-conn';
export { topoStoreHandlers } from './remote/store-service';
export { openTopo, type OpenedTopo, type TopoOptions } from './open';
export {
  buildSrvVSchema,
  checkPartitions,
  rebuildKeyspaceGraph,
  rebuildVSchemaGraph,
  type RebuildOptions,
} from './rebuild';
export * from './server/layout';
export type { ConnFactory, RecordChange } from './server/record-store';
export type { TopoLockOptions } from './server/topo-lock';
export { defaultKeyspace } from './server/keyspace-records';
export { PartialTabletsError } from './server/tablet-records';
export { compareTopo, copyTopo } from './topo2topo';
export { TopoServer } from './server/topo-server';
export { openTopoByOptions, topoOptions, type TopoOptionValues } from './options';
