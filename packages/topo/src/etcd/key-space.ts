import { cleanFilePath, cleanPath, joinPath } from '../path';
import type { KeyRange } from './etcd-messages';

const locksDir = 'locks';
const electionsDir = 'elections';
/** As a range: every key there is. */
const everything: KeyRange = { key: Buffer.of(0), range_end: Buffer.of(0) };

/** The keys of the files below a root: the root as it was given, and the path, as Vitess joins them. */
export class KeySpace {
  /** '' or something that ends with a slash. */
  private readonly prefix: string;
  private readonly prefixBytes: number;

  constructor(root: string) {
    const cleaned = cleanPath(root);
    const leading = root.startsWith('/') ? '/' : '';
    this.prefix = cleaned === '' ? leading : `${leading}${cleaned}/`;
    this.prefixBytes = Buffer.byteLength(this.prefix);
  }

  /** Throws INVALID_ARGUMENT for what is no path of a file. */
  file(path: string): Buffer {
    return Buffer.from(this.prefix + cleanFilePath(path));
  }

  /** What lies below a directory; '' is the root. */
  below(path: string): KeyRange {
    const dir = cleanPath(path);
    return this.startingWith(dir === '' ? '' : `${dir}/`);
  }

  /** Keys that begin with a text: not a path, it may end anywhere. */
  startingWith(text: string): KeyRange {
    const key = Buffer.from(this.prefix + text);
    return key.length === 0 ? everything : { key, range_end: after(key) };
  }

  /** Where those who want the lock of a path, or of a name, queue: Vitess's place, so that it and we exclude each other. */
  locks(path: string): KeyRange {
    return this.below(joinPath(cleanPath(path), locksDir));
  }

  /** The path whose lock is the leadership of an election. */
  election(name: string): string {
    return `${electionsDir}/${cleanFilePath(name)}`;
  }

  /** The path of a key of this space. */
  path(key: Buffer): string {
    return key.toString('utf8', this.prefixBytes);
  }
}

/** The first key after all that begin with `prefix`, which is UTF-8 and therefore has no byte 255. */
export function after(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]++;
  return end;
}
