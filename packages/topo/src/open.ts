import { Code, VtError } from '@vitess-ts/vterrors';
import type { Conn } from './conn';
import { openEtcdTopo, type EtcdTlsFiles } from './etcd/open-etcd';
import { FileTopo } from './file';
import { MemoryTopo } from './memory';
import { RemoteConn } from './remote/remote-conn';
import { TopoServer } from './server/topo-server';
import { openZkTopo, type ZkFileOptions } from './zk/open-zk';

const available =
  'use "etcd2" (an etcd cluster), "zk2" (a ZooKeeper ensemble), "file" (a directory of one process), "remote" (the server of such a process) or ' +
  '"memory" (for tests)';

export interface TopoOptions {
  /** `etcd2`, `zk2`, `memory`, `file` (embedded, durable) or `remote` (the embedded one of another process). */
  implementation: string;
  /**
   * `etcd2`, `zk2`: host:port, or several of one cluster with commas between. `file`: a directory. `remote`: host:port of the
   * server that owns the store. `memory`: unused.
   */
  address: string;
  /** Where the global records lie in the store, `/vitess/global` by convention. */
  root: string;
  /** `etcd2` only; plain text when not given. */
  etcdTls?: EtcdTlsFiles;
  /** `zk2` only; plain text and no identity when not given. */
  zk?: ZkFileOptions;
}

/** A topology that this process opened. */
export interface OpenedTopo {
  topo: TopoServer;
  /** Connects to another root of the store when it lives in this process (memory, file): what can be served. */
  embedded?: (root: string) => Conn;
  close(): Promise<void>;
}

/**
 * Opens the topology. UNIMPLEMENTED for one that this build lacks, INVALID_ARGUMENT for one that is unknown; else the errors of the store: a file
 * store in use by another process is FAILED_PRECONDITION.
 */
export async function openTopo(options: TopoOptions): Promise<OpenedTopo> {
  const { implementation, address, root } = options;
  switch (implementation) {
    case 'memory': {
      const memory = new MemoryTopo();
      return embeddedTopo(
        (path) => memory.connect(path),
        root,
        () => Promise.resolve(),
      );
    }
    case 'file': {
      if (address === '') {
        throw new VtError(
          Code.INVALID_ARGUMENT,
          'the topology implementation "file" needs a directory as address',
        );
      }
      const file = await FileTopo.open(address);
      return embeddedTopo(
        (path) => file.connect(path),
        root,
        () => file.close(),
      );
    }
    case 'remote':
      return remoteTopo(address, root);
    case 'etcd2': {
      if (address === '') {
        throw new VtError(
          Code.INVALID_ARGUMENT,
          'the topology implementation "etcd2" needs host:port as address',
        );
      }
      const topo = await openEtcdTopo(address, root, options.etcdTls);
      return { topo, close: () => topo.close() };
    }
    case 'zk2': {
      if (address === '') {
        throw new VtError(
          Code.INVALID_ARGUMENT,
          'the topology implementation "zk2" needs host:port as address',
        );
      }
      const topo = await openZkTopo(address, root, options.zk);
      return { topo, close: () => topo.close() };
    }
    case 'consul':
      throw unavailable(implementation);
    default:
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `there is no topology implementation "${implementation}": ${available}`,
      );
  }
}

/** Cells of an embedded store lie beside the global records, each under its own root. */
function embeddedTopo(
  connect: (root: string) => Conn,
  root: string,
  closeStore: () => Promise<void>,
): OpenedTopo {
  const topo = new TopoServer(connect(root), async (cell, serverAddress, cellRoot) => {
    if (serverAddress !== '') {
      throw new VtError(
        Code.UNIMPLEMENTED,
        `cell ${cell} has its own topology server ${serverAddress}, which an embedded topology cannot reach: ` +
          `give it an empty server address`,
      );
    }
    return connect(cellRoot);
  });
  return {
    topo,
    embedded: connect,
    close: async () => {
      await topo.close();
      await closeStore();
    },
  };
}

/** A cell may live in the store of another server. */
async function remoteTopo(address: string, root: string): Promise<OpenedTopo> {
  if (address === '') {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      'the topology implementation "remote" needs host:port as address',
    );
  }
  const topo = new TopoServer(
    new RemoteConn({ address, root }),
    async (_cell, serverAddress, cellRoot) =>
      new RemoteConn({ address: serverAddress === '' ? address : serverAddress, root: cellRoot }),
  );
  return { topo, close: () => topo.close() };
}

function unavailable(implementation: string): VtError {
  return new VtError(
    Code.UNIMPLEMENTED,
    `topology implementation "${implementation}" is not available in this build: ${available}`,
  );
}
