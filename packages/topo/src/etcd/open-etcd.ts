import { str } from '@vitess-ts/servenv';
import { TopoServer } from '../server/topo-server';
import { readTlsFiles } from '../tls-files';
import { EtcdConn } from './etcd-conn';

/** Files in PEM; '' for none. */
export interface EtcdTlsFiles {
  topoEtcdTlsCa: string;
  topoEtcdTlsCert: string;
  topoEtcdTlsKey: string;
}

/** The flags that a process with an etcd topology takes beside those of any topology; `EtcdTlsFiles` by their names. */
export const etcdTlsOptions = {
  topoEtcdTlsCa: str({
    default: '',
    help: 'file with the certificates of the authorities of the etcd servers; with it connections use TLS',
  }),
  topoEtcdTlsCert: str({ default: '', help: 'file with the certificate to show to etcd' }),
  topoEtcdTlsKey: str({ default: '', help: 'file with the key of the certificate to show to etcd' }),
};

/**
 * The topology in an etcd cluster. A cell may lie in another cluster: then its server address says which.
 * INVALID_ARGUMENT for addresses and files that cannot be used.
 */
export async function openEtcdTopo(address: string, root: string, files?: EtcdTlsFiles): Promise<TopoServer> {
  const tls =
    files &&
    (await readTlsFiles('etcd', '--topo-etcd-tls', {
      ca: files.topoEtcdTlsCa,
      cert: files.topoEtcdTlsCert,
      key: files.topoEtcdTlsKey,
    }));
  const open = (server: string, path: string): Promise<EtcdConn> =>
    EtcdConn.open({ address: server, root: path, tls });
  return new TopoServer(await open(address, root), (_cell, serverAddress, cellRoot) =>
    open(serverAddress === '' ? address : serverAddress, cellRoot),
  );
}
