import { Code, VtError } from '@vitess-ts/vterrors';
import { noNode } from '../errors';
import type { DirEntry } from '../conn';
import type { EtcdCallSettings, EtcdClient } from './etcd-client';
import type { KeyRange, KeyValue } from './etcd-messages';
import { after, type KeySpace } from './key-space';

const keysPerPage = 1_000;
/** Files may have 4 MiB, and a page must fit into a message. */
const firstFilesPerPage = 8;
const aimedPageBytes = 1024 * 1024;
const maxRestarts = 5;

export interface RangeState {
  kvs: KeyValue[];
  /** Of the whole store, when these were its keys. */
  revision: string;
}

/** True for a key that a lock or an election keeps in the store. */
export const isEphemeral = (kv: KeyValue): boolean => kv.lease !== '0';

/** True when etcd has forgotten the revision that was asked for. */
const isCompacted = (error: unknown): boolean => error instanceof VtError && error.code === Code.OUT_OF_RANGE;

/**
 * All keys and values of a range as they were at one moment, sorted by key, read in pages. `local`: as the server that
 * is asked knows them, which may be a little old and is quicker.
 */
export function readRange(
  client: EtcdClient,
  range: KeyRange,
  settings: EtcdCallSettings,
  local = false,
): Promise<RangeState> {
  return restarting(async () => {
    const kvs: KeyValue[] = [];
    let revision: string | undefined;
    let limit = firstFilesPerPage;
    for (let key = range.key; ;) {
      const page = await client
        .call('range', { ...range, key, revision, limit, serializable: local }, settings)
        .catch((error: VtError) => {
          if (error.code !== Code.RESOURCE_EXHAUSTED || limit === 1) throw error;
          return undefined;
        });
      if (!page) {
        limit = Math.ceil(limit / 4);
        continue;
      }
      revision ??= page.header.revision;
      for (const kv of page.kvs) kvs.push(kv);
      if (!page.more) return { kvs, revision };
      key = next(page.kvs[page.kvs.length - 1].key);
      const bytes = page.kvs.reduce((sum, kv) => sum + kv.value.length, 0);
      limit = bytes > aimedPageBytes ? Math.ceil(limit / 2) : Math.min(keysPerPage, limit * 2);
    }
  });
}

/** As `Conn.listDir`. Reads no values, and of a large child directory no more than a page of keys. */
export function readDir(
  client: EtcdClient,
  keys: KeySpace,
  path: string,
  full: boolean,
  settings: EtcdCallSettings,
): Promise<DirEntry[]> {
  const range = keys.below(path);
  const below = range.range_end?.equals(Buffer.of(0)) ? 0 : range.key.length;
  return restarting(async () => {
    const entries = new Map<string, Required<DirEntry>>();
    let revision: string | undefined;
    for (let key = range.key; ;) {
      const page = await client.call(
        'range',
        { ...range, key, revision, limit: keysPerPage, keys_only: true },
        settings,
      );
      revision ??= page.header.revision;
      let last: { dir: Buffer; entry: Required<DirEntry> } | undefined;
      for (const kv of page.kvs) {
        const slash = kv.key.indexOf('/', below);
        const name = kv.key.toString('utf8', below, slash < 0 ? undefined : slash);
        let entry = entries.get(name);
        if (!entry) {
          entry = { name, type: slash < 0 ? 'file' : 'directory', ephemeral: true };
          entries.set(name, entry);
        }
        if (!isEphemeral(kv)) entry.ephemeral = false;
        last = slash < 0 ? undefined : { dir: kv.key.subarray(0, slash + 1), entry };
      }
      if (!page.more) break;
      // The rest of a directory that has a file tells nothing more.
      key = last && !last.entry.ephemeral ? after(last.dir) : next(page.kvs[page.kvs.length - 1].key);
    }
    if (entries.size === 0) throw noNode(path);
    const sorted = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return full ? sorted : sorted.map(({ name }) => ({ name }));
  });
}

/** Whether there is a file in a range: what locks and elections keep there is none. */
export function hasFile(client: EtcdClient, range: KeyRange, settings: EtcdCallSettings): Promise<boolean> {
  return restarting(async () => {
    let revision: string | undefined;
    for (let key = range.key; ;) {
      const page = await client.call(
        'range',
        { ...range, key, revision, limit: 20, keys_only: true },
        settings,
      );
      revision ??= page.header.revision;
      if (page.kvs.some((kv) => !isEphemeral(kv))) return true;
      if (!page.more) return false;
      key = next(page.kvs[page.kvs.length - 1].key);
    }
  });
}

/** Pages are of one revision; when that is compacted before the last page was read, all are read anew. */
async function restarting<T>(read: () => Promise<T>): Promise<T> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await read();
    } catch (error) {
      if (!isCompacted(error)) throw error;
      if (restarts >= maxRestarts) {
        throw new VtError(
          Code.UNAVAILABLE,
          `etcd was compacted ${maxRestarts + 1} times while a list was read: compact it less often`,
          { cause: error },
        );
      }
    }
  }
}

/** The first key after `key`. */
const next = (key: Buffer): Buffer => Buffer.concat([key, Buffer.of(0)]);
