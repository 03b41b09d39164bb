/** Where primitives put rows that are too many for memory. */
export interface SpillFiles {
  /** Rows and bytes that one step of a statement holds in memory before it spills. */
  readonly memoryRows: number;
  readonly memoryBytes: number;
  /** A new file, empty; the caller closes it. Rejects when there is no room. */
  open(): Promise<SpillFile>;
}

/** A file of one statement; it is gone when it is closed, and whenever the process ends. */
export interface SpillFile {
  /** Adds bytes at the end; resolves to where they begin. Rejects when there is no room. */
  append(bytes: Buffer): Promise<number>;
  /** Bytes from a position on, fewer at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** Never rejects. */
  close(): Promise<void>;
}
