import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileTree } from '../file-tree';
import { damaged, decodeHeader, decodeMutation, encodeHeader, encodeMutation, readBody } from './record';

export const snapshotMagic = Buffer.from('VTTOPO SNAPSHOT 1\n');
const writeChunkBytes = 1024 * 1024;

/** Writes all files and the version of the last change; the file is there whole or, after a crash, not at all. */
export async function writeSnapshot(file: string, tree: FileTree, version: bigint): Promise<void> {
  await replaceFile(file, function* () {
    yield snapshotMagic;
    yield encodeHeader({ version, files: tree.fileCount });
    for (const [path, { contents, version: fileVersion }] of tree) {
      yield encodeMutation({ path, version: fileVersion, contents });
    }
  });
}

/** Reads what `writeSnapshot` wrote; an empty tree and version 0 when there is no snapshot. Damage is DATA_LOSS. */
export async function readSnapshot(file: string): Promise<{ tree: FileTree; version: bigint }> {
  const tree = new FileTree();
  const bytes = await readIfThere(file);
  if (!bytes) return { tree, version: 0n };
  if (!bytes.subarray(0, snapshotMagic.length).equals(snapshotMagic)) {
    throw damaged(file, 0, 'it does not begin as a snapshot of this version does');
  }
  let offset = snapshotMagic.length;
  const first = readBody(file, bytes, offset);
  if (first.kind !== 'body') throw damaged(file, offset, 'the header is missing');
  const header = decodeHeader(file, offset, first.body);
  offset = first.next;
  for (let i = 0; i < header.files; i++) {
    const read = readBody(file, bytes, offset);
    if (read.kind !== 'body') throw damaged(file, offset, `only ${i} of ${header.files} files are there`);
    const { path, version, contents } = decodeMutation(file, offset, read.body);
    if (!contents) throw damaged(file, offset, 'a snapshot holds no deletions');
    tree.put(path, { contents, version });
    offset = read.next;
  }
  if (offset !== bytes.length) throw damaged(file, offset, 'more follows the last file');
  return { tree, version: header.version };
}

export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces a file so that after a crash at any moment it is the old one or the new one. */
export async function replaceFile(file: string, chunks: () => Iterable<Buffer>): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    let pending: Buffer[] = [];
    let size = 0;
    for (const chunk of chunks()) {
      pending.push(chunk);
      size += chunk.length;
      if (size < writeChunkBytes) continue;
      await handle.appendFile(Buffer.concat(pending));
      pending = [];
      size = 0;
    }
    await handle.appendFile(Buffer.concat(pending));
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await handle.close();
  await rename(temporary, file);
  await syncDirectory(dirname(file));
}

/** Makes new and renamed names in a directory durable. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
