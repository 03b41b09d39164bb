import { Code, VtError } from '@vitess-ts/vterrors';
import { badVersion, nodeExists, noNode, notEmpty } from '../errors';
import type { JuteReader } from './jute';

/** Types of requests, by ZooKeeper's numbers. */
export const ZkOp = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  removeWatches: 18,
  auth: 100,
  addWatch: 106,
  closeSession: -11,
} as const;

/** Numbers of frames that answer no request of the queue. */
export const ZkXid = { notification: -1, ping: -2, auth: -4 } as const;

/** Kinds of new nodes. */
export const ZkCreateMode = { persistent: 0, ephemeralSequential: 3 } as const;

/** A watch that stays, on a node and all below it. */
export const persistentRecursive = 1;
export const anyWatcher = 3;

export const ZkError = {
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  authFailed: -115,
  noWatcher: -121,
} as const;

/** What ZooKeeper keeps of a node beside its contents. */
export interface ZkStat {
  /** Transactions that made it and that changed it last. */
  czxid: bigint;
  mzxid: bigint;
  /** Counts changes from 0. */
  version: number;
  /** The session that it ends with; 0 for none. */
  ephemeralOwner: bigint;
  dataLength: number;
  numChildren: number;
}

export function readStat(reader: JuteReader): ZkStat {
  const czxid = reader.long();
  const mzxid = reader.long();
  reader.long();
  reader.long();
  const version = reader.int();
  reader.int();
  reader.int();
  const ephemeralOwner = reader.long();
  const dataLength = reader.int();
  const numChildren = reader.int();
  reader.long();
  return { czxid, mzxid, version, ephemeralOwner, dataLength, numChildren };
}

/** What an error number of ZooKeeper says about a path. */
export function zkFailure(error: number, path: string): VtError {
  switch (error) {
    case ZkError.noNode:
      return noNode(path);
    case ZkError.nodeExists:
      return nodeExists(path);
    case ZkError.badVersion:
      return badVersion(path);
    case ZkError.notEmpty:
      return notEmpty(path);
    case ZkError.noAuth:
      return new VtError(
        Code.PERMISSION_DENIED,
        `zookeeper refuses access to ${path}: its ACL names another identity than that of --topo-zk-auth-file`,
      );
    case ZkError.authFailed:
      return new VtError(Code.UNAUTHENTICATED, 'zookeeper refuses the identity of --topo-zk-auth-file');
    case ZkError.sessionExpired:
      return new VtError(Code.UNAVAILABLE, 'the session with zookeeper is over');
    case ZkError.unimplemented:
      return new VtError(
        Code.UNIMPLEMENTED,
        'zookeeper does not know this request: use version 3.6 or later',
      );
    case ZkError.badArguments:
      return new VtError(Code.INVALID_ARGUMENT, `zookeeper refuses the path or contents of ${path}`);
    default:
      return new VtError(Code.INTERNAL, `zookeeper answered error ${error} for ${path}`);
  }
}
