import { Code, VtError } from '@vitess-ts/vterrors';
import { isNoNode } from '../errors';
import { anyWatcher, persistentRecursive, readStat, ZkCreateMode, ZkOp, type ZkStat } from './zk-protocol';
import { ZkSession, type ZkCallSettings, type ZkGrant, type ZkSessionOptions } from './zk-session';

export interface ZkNode {
  /** null for what was made without contents: our directories are. */
  data: Buffer | null;
  stat: ZkStat;
}

interface Acl {
  scheme: string;
  id: string;
}

const allPermissions = 31;

/** The requests of ZooKeeper that a topology needs, on absolute paths. Errors as of `ZkSession.call` and `zkFailure`. */
export class ZkClient {
  readonly session: ZkSession;
  private readonly acl: Acl;

  constructor(options: ZkSessionOptions, onError: (error: unknown) => void) {
    this.session = new ZkSession(options, onError);
    // With an identity of our own nobody else reads or writes what we make.
    this.acl = options.auth.length > 0 ? { scheme: 'auth', id: '' } : { scheme: 'world', id: 'anyone' };
  }

  /** Gives the transaction that made the node. */
  async create(path: string, data: Buffer | null, settings: ZkCallSettings): Promise<bigint> {
    const { zxid } = await this.post(path, data, ZkCreateMode.persistent, settings);
    return zxid;
  }

  /** Makes a node that ends with the session, with a number after `path`. */
  async createEphemeral(
    path: string,
    data: Buffer,
    settings: ZkCallSettings,
  ): Promise<{ path: string; grant: ZkGrant }> {
    const { reader, grant } = await this.post(path, data, ZkCreateMode.ephemeralSequential, settings);
    return { path: reader.text(), grant };
  }

  /** undefined when there is no such node. */
  async get(path: string, settings: ZkCallSettings): Promise<ZkNode | undefined> {
    return ifThere(async () => {
      const { reader } = await this.session.call(
        ZkOp.getData,
        path,
        (w) => w.text(path).bool(false),
        settings,
      );
      return { data: reader.buffer(), stat: readStat(reader) };
    });
  }

  /** undefined when there is no such node. */
  async stat(path: string, settings: ZkCallSettings): Promise<ZkStat | undefined> {
    return ifThere(async () => {
      const { reader } = await this.session.call(
        ZkOp.exists,
        path,
        (w) => w.text(path).bool(false),
        settings,
      );
      return readStat(reader);
    });
  }

  /** Names, in no order; undefined when there is no such node. */
  async children(path: string, settings: ZkCallSettings): Promise<string[] | undefined> {
    return ifThere(async () => {
      const { reader } = await this.session.call(
        ZkOp.getChildren2,
        path,
        (w) => w.text(path).bool(false),
        settings,
      );
      return reader.texts();
    });
  }

  /** With version -1 whatever the node's is. */
  async set(path: string, data: Buffer, version: number, settings: ZkCallSettings): Promise<ZkStat> {
    const { reader } = await this.session.call(
      ZkOp.setData,
      path,
      (w) => w.text(path).buffer(data).int(version),
      settings,
    );
    return readStat(reader);
  }

  /** With version -1 whatever the node's is. */
  async delete(path: string, version: number, settings: ZkCallSettings): Promise<void> {
    await this.session.call(ZkOp.delete, path, (w) => w.text(path).int(version), settings);
  }

  /**
   * Has later reads of this connection see what others have written before. Its answer need not be waited for, for
   * the server answers in order; a failure shows in the read that follows.
   */
  async sync(path: string, settings: ZkCallSettings): Promise<void> {
    await this.session.call(ZkOp.sync, path, (w) => w.text(path), settings);
  }

  /** Has this connection hear of each change of a node and of all below it, whether it exists or not. */
  async addWatch(path: string, settings: ZkCallSettings): Promise<void> {
    await this.session.call(ZkOp.addWatch, path, (w) => w.text(path).int(persistentRecursive), settings);
  }

  async removeWatch(path: string, settings: ZkCallSettings): Promise<void> {
    await this.session.call(ZkOp.removeWatches, path, (w) => w.text(path).int(anyWatcher), settings);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async post(path: string, data: Buffer | null, mode: number, settings: ZkCallSettings) {
    const { scheme, id } = this.acl;
    try {
      return await this.session.call(
        ZkOp.create,
        path,
        (w) => w.text(path).buffer(data).int(1).int(allPermissions).text(scheme).text(id).int(mode),
        settings,
      );
    } catch (error) {
      throw explained(error, data?.length ?? 0);
    }
  }
}

const standardLimitBytes = 1_000_000;

/** A server cuts off who sends more than it takes, which looks like a lost connection. */
function explained(error: unknown, bytes: number): unknown {
  const lost = error instanceof VtError && error.code === Code.UNAVAILABLE;
  if (!lost || bytes < standardLimitBytes) return error;
  return new VtError(
    Code.UNAVAILABLE,
    `${error.message}; a record of ${bytes} bytes needs a zookeeper with -Djute.maxbuffer=8388608`,
    { cause: error },
  );
}

async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNoNode(error)) return undefined;
    throw error;
  }
}
