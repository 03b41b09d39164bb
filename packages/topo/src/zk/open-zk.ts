import { duration, str } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { TopoServer } from '../server/topo-server';
import { readFlagFile, readTlsFiles } from '../tls-files';
import { ZkConn } from './zk-conn';
import type { ZkAuth } from './zk-wire';

/** Values of the flags that a process with a ZooKeeper topology takes beside those of any topology. */
export interface ZkFileOptions {
  topoZkTlsCa: string;
  topoZkTlsCert: string;
  topoZkTlsKey: string;
  topoZkAuthFile: string;
  topoZkBaseTimeoutMs: number;
}

export const zkFileOptions = {
  topoZkTlsCa: str({
    default: '',
    help: 'file with the certificates of the authorities of the ZooKeeper servers; with it connections use TLS',
  }),
  topoZkTlsCert: str({ default: '', help: 'file with the certificate to show to ZooKeeper' }),
  topoZkTlsKey: str({ default: '', help: 'file with the key of the certificate to show to ZooKeeper' }),
  topoZkAuthFile: str({
    default: '',
    help: 'file with the identity to show to ZooKeeper, as digest:user:password; what is made is then for it alone',
  }),
  topoZkBaseTimeoutMs: duration({
    default: 30_000,
    help: 'how long a session with ZooKeeper, and its locks, outlive a connection that was cut',
  }),
};

/**
 * The topology in a ZooKeeper ensemble. A cell may lie in another one: then its server address says which.
 * INVALID_ARGUMENT for addresses and files that cannot be used.
 */
export async function openZkTopo(address: string, root: string, files?: ZkFileOptions): Promise<TopoServer> {
  const tls =
    files &&
    (await readTlsFiles('ZooKeeper', '--topo-zk-tls', {
      ca: files.topoZkTlsCa,
      cert: files.topoZkTlsCert,
      key: files.topoZkTlsKey,
    }));
  const auth = files && files.topoZkAuthFile !== '' ? [await readAuth(files.topoZkAuthFile)] : [];
  const open = (server: string, path: string): ZkConn =>
    new ZkConn({
      address: server,
      root: path,
      tls,
      auth,
      sessionTimeoutMs: files?.topoZkBaseTimeoutMs,
    });
  return new TopoServer(open(address, root), async (_cell, serverAddress, cellRoot) =>
    open(serverAddress === '' ? address : serverAddress, cellRoot),
  );
}

async function readAuth(file: string): Promise<ZkAuth> {
  const text = (await readFlagFile('--topo-zk-auth-file', file)).toString().trim();
  const match = /^([a-z][a-z0-9]*):(.+)$/.exec(text);
  if (match) return { scheme: match[1], auth: match[2] };
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `--topo-zk-auth-file: ${file} does not have the form digest:user:password`,
  );
}
