export { Account } from './accounts';
export { type Binaries, DEBIAN_PACKAGES, findBinaries } from './binaries';
export type { Flavor, ReplicationSource, ReplicationStatus } from './flavor';
export { MariadbFlavor } from './mariadb-flavor';
export { Mysqld } from './mysqld';
export type { MysqldOptions } from './options';
