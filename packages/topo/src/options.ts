import { str } from '@vitess-ts/servenv';
import { etcdTlsOptions, type EtcdTlsFiles } from './etcd/open-etcd';
import { openTopo, type OpenedTopo } from './open';
import { zkFileOptions, type ZkFileOptions } from './zk/open-zk';

/** The flags by which a process finds the topology; the same names in every service. */
export const topoOptions = {
  topoImplementation: str({
    default: 'remote',
    help: 'topology service: etcd2, zk2, remote (the embedded store that vtctld serves), file (a directory of this process)',
  }),
  topoGlobalServerAddress: str({
    default: '',
    help: 'address of the global topology: host:port[,host:port] for etcd2 and zk2, host:port for remote, a directory for file',
  }),
  topoGlobalRoot: str({ default: '/vitess/global', help: 'path of the global records in the topology' }),
  ...etcdTlsOptions,
  ...zkFileOptions,
};

export interface TopoOptionValues extends EtcdTlsFiles, ZkFileOptions {
  topoImplementation: string;
  topoGlobalServerAddress: string;
  topoGlobalRoot: string;
}

/** Opens the topology that the flags name. Errors as of `openTopo`. */
export function openTopoByOptions(options: TopoOptionValues): Promise<OpenedTopo> {
  return openTopo({
    implementation: options.topoImplementation,
    address: options.topoGlobalServerAddress,
    root: options.topoGlobalRoot,
    etcdTls: options,
    zk: options,
  });
}
