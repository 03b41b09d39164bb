export { type CompareMode, compareResults, expectSameResult } from './compare-results';
export { startEtcd, type TestEtcd, type TestEtcdOptions } from './etcd';
export { freePort } from './free-port';
export { type ClusterInfo, type ClusterOptions, LocalCluster, runVtlocal } from './local-cluster';
export { startMariadb, type TestMariadb } from './mariadb';
export { pauseProcess } from './pause-process';
export { startZookeeper, type TestZookeeper, type TestZookeeperOptions } from './zookeeper';
export { SteadyLoad, type SteadyLoadOptions } from './steady-load';
