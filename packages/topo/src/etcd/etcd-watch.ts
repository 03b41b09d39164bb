import type { FileContents, ListedFile, RecursiveChange } from '../conn';
import { noNode } from '../errors';
import type { EventStream } from '../event-stream';
import { isAtOrBelow } from '../path';
import type { EtcdFiles } from './etcd-files';
import type { KeyRange, KeyValue, WatchEvent } from './etcd-messages';
import type { RangeFollower } from './follow-range';
import type { KeySpace } from './key-space';
import { isEphemeral } from './read-range';

/**
 * Turns the events of one file into its changes. What etcd has compacted before it was delivered is made up for by the
 * present state: changes in between are then not seen, their outcome is.
 */
export function fileFollower(
  files: EtcdFiles,
  path: string,
  initial: KeyValue,
  stream: EventStream<FileContents>,
): RangeFollower {
  let last = initial;
  const changed = (kv: KeyValue): void => {
    last = kv;
    stream.push({ contents: kv.value, version: kv.mod_revision });
  };
  return {
    onEvents(events: WatchEvent[]): void {
      for (const { type, kv } of events) {
        if (type === 'Put') changed(kv);
        else stream.fail(noNode(path));
      }
    },
    async reread(signal: AbortSignal): Promise<string> {
      const { kv, revision } = await files.read(path, { signal });
      // Made again is deleted first.
      if (!kv || kv.create_revision !== last.create_revision) stream.fail(noNode(path));
      else if (kv.mod_revision !== last.mod_revision) changed(kv);
      return revision;
    },
  };
}

/** As `fileFollower`, for all files at or below a path; `range` has them all and may have others. */
export function recursiveFollower(
  files: EtcdFiles,
  keys: KeySpace,
  path: string,
  range: KeyRange,
  initial: ListedFile[],
  stream: EventStream<RecursiveChange>,
): RangeFollower {
  const versions = new Map(initial.map((file) => [file.path, file.version]));
  const changed = (file: ListedFile): void => {
    versions.set(file.path, file.version);
    stream.push(file);
  };
  // Keys of locks were never reported, so neither are their ends.
  const deleted = (gone: string): void => {
    if (versions.delete(gone)) stream.push({ path: gone, deleted: true });
  };
  return {
    onEvents(events: WatchEvent[]): void {
      for (const { type, kv } of events) {
        const at = keys.path(kv.key);
        if (!isAtOrBelow(at, path)) continue;
        if (type === 'Delete') deleted(at);
        else if (!isEphemeral(kv)) changed(files.file(kv));
      }
    },
    async reread(signal: AbortSignal): Promise<string> {
      const { files: now, revision } = await files.list(range, { signal });
      const there = now.filter((file) => isAtOrBelow(file.path, path));
      const paths = new Set(there.map((file) => file.path));
      for (const known of [...versions.keys()]) if (!paths.has(known)) deleted(known);
      for (const file of there) if (versions.get(file.path) !== file.version) changed(file);
      return revision;
    },
  };
}
