import { Code, VtError } from '@vitess-ts/vterrors';
import type { DirEntry, ListedFile } from './conn';
import { noNode } from './errors';

/** Versions count up over all files, so that a file that was deleted and made again does not get an old one. */
export interface StoredFile {
  contents: Buffer;
  version: bigint;
}

interface Node {
  file?: StoredFile;
  children?: Map<string, Node>;
}

/** The files of a store in memory. A path is a file or a directory; directories exist while they have files. */
export class FileTree {
  private readonly root: Node = { children: new Map() };
  private files = 0;
  private bytes = 0;

  get fileCount(): number {
    return this.files;
  }

  /** Bytes of all paths and contents. */
  get byteCount(): number {
    return this.bytes;
  }

  get(path: string): StoredFile | undefined {
    return this.node(path)?.file;
  }

  isDirectory(path: string): boolean {
    const children = this.node(path)?.children;
    return children !== undefined && children.size > 0;
  }

  /** Throws INVALID_ARGUMENT when a file cannot be put here: the path is a directory, or leads through a file. */
  checkPlace(path: string): void {
    let node: Node | undefined = this.root;
    let walked = '';
    for (const segment of path.split('/')) {
      node = node.children?.get(segment);
      if (!node) return;
      walked = walked === '' ? segment : `${walked}/${segment}`;
      if (node.file && walked !== path) {
        throw new VtError(Code.INVALID_ARGUMENT, `${path} cannot be a file: ${walked} is one`);
      }
    }
    if (!node.file) throw new VtError(Code.INVALID_ARGUMENT, `${path} cannot be a file: it is a directory`);
  }

  /** Puts a file; the place must have been checked. */
  put(path: string, file: StoredFile): void {
    let node = this.root;
    for (const segment of path.split('/')) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (!child) node.children.set(segment, (child = {}));
      node = child;
    }
    if (node.file) this.bytes -= node.file.contents.length;
    else {
      this.files++;
      this.bytes += Buffer.byteLength(path);
    }
    node.file = file;
    this.bytes += file.contents.length;
  }

  /** Removes a file and the directories that it leaves empty. */
  remove(path: string): void {
    const segments = path.split('/');
    const chain: Node[] = [this.root];
    for (const segment of segments) {
      const child = chain[chain.length - 1].children?.get(segment);
      if (!child) return;
      chain.push(child);
    }
    const file = chain[chain.length - 1].file;
    if (!file) return;
    this.files--;
    this.bytes -= file.contents.length + Buffer.byteLength(path);
    for (let i = segments.length - 1; i >= 0; i--) {
      chain[i].children?.delete(segments[i]);
      if (chain[i].children?.size !== 0) break;
    }
  }

  /** Children sorted by name. NOT_FOUND when nothing is below the path. */
  listDir(path: string, full: boolean): DirEntry[] {
    const children = this.node(path)?.children;
    if (!children || children.size === 0) throw noNode(path);
    return [...children]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, node]) =>
        full ? { name, type: node.file ? 'file' : 'directory', ephemeral: false } : { name },
      );
  }

  /** All files whose path begins with the text, sorted by path. */
  list(prefix: string): ListedFile[] {
    const slash = prefix.lastIndexOf('/');
    const dir = slash < 0 ? '' : prefix.slice(0, slash);
    const start = this.node(dir);
    if (!start) return [];
    const found: ListedFile[] = [];
    collect(start, dir, (path, file) => {
      if (path.startsWith(prefix))
        found.push({ path, contents: file.contents, version: String(file.version) });
    });
    return found.sort((a, b) => compareText(a.path, b.path));
  }

  *[Symbol.iterator](): Generator<[path: string, file: StoredFile]> {
    const all: [string, StoredFile][] = [];
    collect(this.root, '', (path, file) => all.push([path, file]));
    yield* all;
  }

  private node(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    if (path === '') return node;
    for (const segment of path.split('/')) {
      node = node.children?.get(segment);
      if (!node) return undefined;
    }
    return node;
  }
}

/** Depth first, without recursion: paths may be hundreds of segments deep. */
function collect(start: Node, startPath: string, visit: (path: string, file: StoredFile) => void): void {
  const todo: [string, Node][] = [[startPath, start]];
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [path, node] = next;
    if (node.file) visit(path, node.file);
    for (const [name, child] of node.children ?? [])
      todo.push([path === '' ? name : `${path}/${name}`, child]);
  }
}

/** By code unit, the order of every store; localeCompare would depend on the machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
