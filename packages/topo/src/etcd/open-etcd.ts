import { readFile } from 'node:fs/promises';
import { str } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { TopoServer } from '../server/topo-server';
import type { EtcdTls } from './etcd-client';
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
  const tls = files && (await readTls(files));
  const open = (server: string, path: string): Promise<EtcdConn> =>
    EtcdConn.open({ address: server, root: path, tls });
  return new TopoServer(await open(address, root), (_cell, serverAddress, cellRoot) =>
    open(serverAddress === '' ? address : serverAddress, cellRoot),
  );
}

async function readTls(files: EtcdTlsFiles): Promise<EtcdTls | undefined> {
  const { topoEtcdTlsCa: ca, topoEtcdTlsCert: cert, topoEtcdTlsKey: key } = files;
  if (ca === '' && cert === '' && key === '') return undefined;
  if (ca === '' || (cert === '') !== (key === '')) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      'TLS to etcd needs --topo-etcd-tls-ca, and --topo-etcd-tls-cert and --topo-etcd-tls-key together or not at all',
    );
  }
  return {
    ca: await readPem('--topo-etcd-tls-ca', ca),
    cert: cert === '' ? undefined : await readPem('--topo-etcd-tls-cert', cert),
    key: key === '' ? undefined : await readPem('--topo-etcd-tls-key', key),
  };
}

async function readPem(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new VtError(Code.INVALID_ARGUMENT, `${flag}: ${(error as Error).message}`, { cause: error });
  }
}
