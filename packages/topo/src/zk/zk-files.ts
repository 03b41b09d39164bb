import { Code, VtError } from '@vitess-ts/vterrors';
import type { DirEntry, FileContents, ListedFile, Version } from '../conn';
import { asVtError, badVersion, isNodeExists, isNoNode, nodeExists, noNode } from '../errors';
import { cleanFilePath, cleanPath, joinPath } from '../path';
import type { ZkClient, ZkNode } from './zk-client';
import type { ZkCallSettings } from './zk-session';

/** Where those who want the lock of a path queue, and where candidates do: Vitess's places. */
export const locksDir = 'locks';
export const electionsDir = 'elections';

/** How often a write is begun anew because others made or removed directories meanwhile. */
const attempts = 20;
const readsAtATime = 50;

/**
 * The files below a root. A file is a node with contents, which may be empty; a directory is a node without. Versions
 * are the transactions that wrote the file, so that a file that was made again never has an old one.
 */
export class ZkFiles {
  /** '' or `/` and a path. */
  private readonly root: string;

  constructor(
    private readonly client: ZkClient,
    root: string,
  ) {
    const cleaned = cleanPath(root);
    this.root = cleaned === '' ? '' : `/${cleaned}`;
  }

  /** The node of a path; '' is the root. */
  node(path: string): string {
    const cleaned = cleanPath(path);
    return cleaned === '' ? this.root || '/' : `${this.root}/${cleaned}`;
  }

  /** The path of a node at or below the root. */
  path(node: string): string {
    return node.slice(this.root.length + 1);
  }

  async read(path: string, settings: ZkCallSettings): Promise<FileContents & { node: ZkNode }> {
    const at = this.node(cleanFilePath(path));
    const found = await this.fresh(at, settings, () => this.client.get(at, settings));
    const file = asFile(found);
    if (!file) throw noNode(path);
    return file;
  }

  async create(path: string, contents: Buffer, settings: ZkCallSettings): Promise<Version> {
    const at = this.node(cleanFilePath(path));
    for (let left = attempts; ; left--) {
      await this.ensureParents(path, settings);
      try {
        return String(await this.client.create(at, contents, settings));
      } catch (error) {
        if (left === 0 || (!isNoNode(error) && !isNodeExists(error))) throw error;
        if (isNodeExists(error)) {
          const version = await this.overDirectory(path, at, contents, settings);
          if (version !== undefined) return version;
        }
      }
    }
  }

  async replace(path: string, contents: Buffer, settings: ZkCallSettings): Promise<Version> {
    const at = this.node(cleanFilePath(path));
    for (let left = attempts; ; left--) {
      const stat = await this.client.stat(at, settings);
      try {
        if (!stat) return await this.create(path, contents, settings);
        if (stat.dataLength === 0 && stat.numChildren > 0) throw notAFile(path);
        return String((await this.client.set(at, contents, -1, settings)).mzxid);
      } catch (error) {
        if (left === 0 || (!isNoNode(error) && !isNodeExists(error))) throw error;
      }
    }
  }

  async update(path: string, contents: Buffer, version: Version, settings: ZkCallSettings): Promise<Version> {
    const at = this.node(cleanFilePath(path));
    const stat = await this.stat(path, at, version, settings);
    return String((await this.client.set(at, contents, stat.version, settings)).mzxid);
  }

  async delete(path: string, version: Version | null, settings: ZkCallSettings): Promise<void> {
    const at = this.node(cleanFilePath(path));
    if (version === null) {
      const file = asFile(await this.client.get(at, settings));
      if (!file) throw noNode(path);
      await this.client.delete(at, -1, settings);
    } else {
      const stat = await this.stat(path, at, version, settings);
      await this.client.delete(at, stat.version, settings);
    }
    await this.removeEmptyParents(at, settings);
  }

  async listDir(path: string, full: boolean, settings: ZkCallSettings): Promise<DirEntry[]> {
    const at = this.node(path);
    const names = await this.fresh(at, settings, () => this.client.children(at, settings));
    const entries = await mapSome((names ?? []).sort(), async (name) =>
      this.entry(path, name, full, settings),
    );
    const there = entries.filter((entry) => entry !== undefined);
    if (there.length === 0) throw noNode(path);
    return there;
  }

  /** Whether there is a file, or a directory of files, in a directory. */
  async hasFile(path: string, settings: ZkCallSettings): Promise<boolean> {
    const names = (await this.client.children(this.node(path), settings)) ?? [];
    return names.some((name) => name !== locksDir);
  }

  /** All files whose path begins with a text, sorted: not of one moment, for ZooKeeper has no such read. */
  async list(prefix: string, settings: ZkCallSettings): Promise<ListedFile[]> {
    const slash = prefix.lastIndexOf('/');
    const dir = slash < 0 ? '' : prefix.slice(0, slash);
    const files: ListedFile[] = [];
    await this.walk(
      this.node(dir),
      settings,
      (path) => path.startsWith(prefix) || prefix.startsWith(`${path}/`),
      files,
    );
    return files.filter((file) => file.path.startsWith(prefix)).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** A file by its node; undefined for a directory, what is ephemeral, and what is not there. */
  async fileAt(at: string, settings: ZkCallSettings): Promise<(ListedFile & { node: ZkNode }) | undefined> {
    const file = asFile(await this.client.get(at, settings));
    return file && { path: this.path(at), ...file };
  }

  /** Makes the directories above a node. INVALID_ARGUMENT when one of them is a file. */
  async ensureParents(path: string, settings: ZkCallSettings): Promise<void> {
    const segments = cleanPath(path).split('/').slice(0, -1);
    const parent = this.node(segments.join('/'));
    const found = await this.client.get(parent, settings);
    if (found) {
      if (asFile(found)) throw notAFile(path);
      return;
    }
    const above = parent.split('/').slice(1);
    for (let i = 1; i <= above.length; i++) {
      const dir = `/${above.slice(0, i).join('/')}`;
      try {
        await this.client.create(dir, null, settings);
      } catch (error) {
        // Removed meanwhile as empty: the caller begins anew.
        if (isNoNode(error)) return;
        if (!isNodeExists(error)) throw error;
        if (asFile(await this.client.get(dir, settings))) throw notAFile(path);
      }
    }
  }

  /** Directories exist as long as a file is below them. Best effort: an empty one that stays is never shown. */
  async removeEmptyParents(at: string, settings: ZkCallSettings): Promise<void> {
    for (let dir = parentOf(at); dir.length > this.root.length && dir !== '/'; dir = parentOf(dir)) {
      try {
        const found = await this.client.get(dir, settings);
        if (!found || found.data !== null || found.stat.numChildren > 0) return;
        await this.client.delete(dir, found.stat.version, settings);
      } catch {
        // Not empty any more, or gone; what cannot be reached now stays behind as an empty directory.
        return;
      }
    }
  }

  /** Reads after what others wrote before, also from a server that follows another. */
  private async fresh<T>(at: string, settings: ZkCallSettings, read: () => Promise<T>): Promise<T> {
    // Answered in order; should it fail, so does the read behind it.
    const synced = this.client.sync(at, settings).catch(() => undefined);
    const value = await read();
    await synced;
    return value;
  }

  private async stat(path: string, at: string, version: Version, settings: ZkCallSettings) {
    const stat = await this.client.stat(at, settings);
    if (!stat) throw noNode(path);
    if (String(stat.mzxid) !== version) throw badVersion(path);
    return stat;
  }

  /** Makes a directory that was left behind empty a file; undefined when it went away. */
  private async overDirectory(
    path: string,
    at: string,
    contents: Buffer,
    settings: ZkCallSettings,
  ): Promise<Version | undefined> {
    const found = await this.client.get(at, settings);
    if (!found) return undefined;
    if (found.data !== null) throw nodeExists(path);
    if (found.stat.numChildren > 0) throw notAFile(path);
    try {
      return String((await this.client.set(at, contents, found.stat.version, settings)).mzxid);
    } catch (error) {
      const { code } = asVtError(error);
      if (code === Code.ABORTED || code === Code.NOT_FOUND) return undefined;
      throw error;
    }
  }

  private async entry(
    path: string,
    name: string,
    full: boolean,
    settings: ZkCallSettings,
  ): Promise<DirEntry | undefined> {
    const at = this.node(joinPath(cleanPath(path), name));
    if (at === '/zookeeper') return undefined;
    const isLocks = name === locksDir;
    if (!full && !isLocks) return { name };
    const found = await this.client.get(at, settings);
    if (!found || (found.data === null && found.stat.numChildren === 0)) return undefined;
    if (!full) return { name };
    const ephemeral =
      found.stat.ephemeralOwner !== 0n || isLocks || (cleanPath(path) === '' && name === electionsDir);
    return { name, type: found.data === null ? 'directory' : 'file', ephemeral };
  }

  private async walk(
    at: string,
    settings: ZkCallSettings,
    wanted: (path: string) => boolean,
    files: ListedFile[],
  ): Promise<void> {
    const names = (await this.client.children(at, settings)) ?? [];
    await mapSome(names, async (name) => {
      const child = at === '/' ? `/${name}` : `${at}/${name}`;
      if (child === '/zookeeper' || !wanted(this.path(child))) return;
      const found = await this.client.get(child, settings);
      const file = asFile(found);
      if (file) files.push({ path: this.path(child), contents: file.contents, version: file.version });
      else if (found && found.stat.numChildren > 0) await this.walk(child, settings, wanted, files);
    });
  }
}

function asFile(node: ZkNode | undefined): (FileContents & { node: ZkNode }) | undefined {
  if (!node || node.data === null || node.stat.ephemeralOwner !== 0n) return undefined;
  return { contents: node.data, version: String(node.stat.mzxid), node };
}

const parentOf = (node: string): string => node.slice(0, node.lastIndexOf('/')) || '/';

const notAFile = (path: string): VtError =>
  new VtError(Code.INVALID_ARGUMENT, `${path} cannot be a file: it is a directory, or a file is above it`);

/** As `Promise.all` over `map`, with so many at a time that answers do not pile up. */
async function mapSome<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += readsAtATime) {
    results.push(...(await Promise.all(items.slice(i, i + readsAtATime).map(map))));
  }
  return results;
}
