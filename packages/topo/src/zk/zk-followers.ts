import type { FileContents, ListedFile, RecursiveChange } from '../conn';
import { asVtError, isAway, isNoNode, noNode } from '../errors';
import type { EventStream } from '../event-stream';
import { isAtOrBelow } from '../path';
import type { ZkFiles } from './zk-files';
import type { ZkWatcher } from './zk-watches';

interface Known {
  version: string;
  /** The transaction that made the file. */
  madeAt: bigint;
}

/**
 * Runs reads one after the other, so that changes stay in order. A read that fails because the server is away is
 * dropped: the next connection reads all again.
 */
class Serial {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly stream: EventStream<never>) {}

  run(work: () => Promise<void>): void {
    this.last = this.last.then(work).catch((error: unknown) => {
      if (!isAway(asVtError(error))) this.stream.fail(asVtError(error));
    });
  }
}

/** Follows one file: its state after each notification. Changes in between may be seen as one. */
export function fileWatcher(
  files: ZkFiles,
  path: string,
  stream: EventStream<FileContents>,
  signal: AbortSignal,
): ZkWatcher & { begin(initial: FileContents, madeAt: bigint): void } {
  const serial = new Serial(stream as EventStream<never>);
  let known: Known | undefined;
  const look = async (): Promise<void> => {
    if (!known) return;
    const file = await files.read(path, { signal }).catch((error: unknown) => {
      if (isNoNode(error)) return undefined;
      throw error;
    });
    if (!file || file.node.stat.czxid !== known.madeAt) {
      stream.fail(noNode(path));
    } else if (file.version !== known.version) {
      known.version = file.version;
      stream.push({ contents: file.contents, version: file.version });
    }
  };
  return {
    onEvent: () => serial.run(look),
    onRestored: () => serial.run(look),
    begin(initial, madeAt) {
      known = { version: initial.version, madeAt };
      // What came between the watch and the read was dropped above.
      serial.run(look);
    },
  };
}

/** As `fileWatcher`, for all files at or below a path. */
export function recursiveWatcher(
  files: ZkFiles,
  path: string,
  stream: EventStream<RecursiveChange>,
  signal: AbortSignal,
): ZkWatcher & { begin(initial: readonly ListedFile[]): void } {
  const serial = new Serial(stream as EventStream<never>);
  const known = new Map<string, string>();
  let begun = false;
  const changed = (file: ListedFile): void => {
    if (known.get(file.path) === file.version) return;
    known.set(file.path, file.version);
    stream.push({ path: file.path, contents: file.contents, version: file.version });
  };
  const deleted = (gone: string): void => {
    if (known.delete(gone)) stream.push({ path: gone, deleted: true });
  };
  const look = async (node: string): Promise<void> => {
    const file = await files.fileAt(node, { signal });
    if (!file) deleted(files.path(node));
    else {
      // Made again is deleted first.
      if (known.has(file.path) && file.node.stat.czxid > BigInt(known.get(file.path) ?? 0))
        deleted(file.path);
      changed(file);
    }
  };
  const lookAtAll = async (): Promise<void> => {
    const now = await filesBelow(files, path, signal);
    const paths = new Set(now.map((file) => file.path));
    for (const one of [...known.keys()]) if (!paths.has(one)) deleted(one);
    for (const file of now) changed(file);
  };
  return {
    onEvent: (node) => serial.run(() => (begun ? look(node) : Promise.resolve())),
    onRestored: () => serial.run(() => (begun ? lookAtAll() : Promise.resolve())),
    begin(initial) {
      for (const { path: one, version } of initial) known.set(one, version);
      begun = true;
      // What came between the watch and the read was dropped above.
      serial.run(lookAtAll);
    },
  };
}

export async function filesBelow(files: ZkFiles, path: string, signal: AbortSignal): Promise<ListedFile[]> {
  const found = await files.list(path, { signal });
  return found.filter((file) => isAtOrBelow(file.path, path));
}
