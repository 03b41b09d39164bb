import { RowBatch } from '@vitess-ts/sqltypes';
import type { CpuSlice } from '../cpu-slice';
import type { RowOrder, RowKeys } from '../order-key';
import { sortInSlices, type SortRow } from '../sort-in-slices';
import { RowRunReader, RowRunWriter, type RowRun } from './row-run';
import type { SpillFile, SpillFiles } from './spill-files';

/** Runs that are merged at a time: each has a buffer. */
const MERGED_RUNS = 64;
const BLOCK_ROWS = 512;

/** Sorts more rows than memory holds: sorted runs in a file, which are merged. Rows that are equal keep their order. */
export class SpilledSort {
  private rows: SortRow[] = [];
  private bytes = 0;
  private runs: RowRun[] = [];
  private file: SpillFile | undefined;

  constructor(
    private readonly files: SpillFiles,
    private readonly order: RowOrder,
    private readonly columns: number,
    private readonly slice: CpuSlice,
  ) {}

  /** True when `spill` should be awaited before more rows are added. */
  get isFull(): boolean {
    return this.rows.length >= this.files.memoryRows || this.bytes >= this.files.memoryBytes;
  }

  add(row: SortRow): void {
    this.rows.push(row);
    this.bytes += row.bytes.length;
  }

  async spill(): Promise<void> {
    this.file ??= await this.files.open();
    const writer = new RowRunWriter(this.file);
    for (const { bytes } of await sortInSlices(this.rows, this.order, this.slice)) {
      writer.add(bytes);
      if (writer.isFull) await writer.flush();
    }
    this.rows = [];
    this.bytes = 0;
    this.runs.push(await writer.finish());
    if (this.runs.length >= MERGED_RUNS) await this.mergeRuns(this.file);
  }

  /** All rows in order, some at a time. */
  async *sorted(): AsyncGenerator<SortRow[]> {
    const last = await sortInSlices(this.rows, this.order, this.slice);
    this.rows = [];
    const { file } = this;
    if (file === undefined) {
      yield last;
      return;
    }
    yield* this.merged([
      ...this.runs.map((run) => new StoredRows(file, run, this.keysOf)),
      new MemoryRows(last),
    ]);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  /** Makes one run of all, so that there are never too many. */
  private async mergeRuns(file: SpillFile): Promise<void> {
    const writer = new RowRunWriter(file);
    const sources = this.runs.map((run) => new StoredRows(file, run, this.keysOf));
    for await (const rows of this.merged(sources)) {
      for (const { bytes } of rows) writer.add(bytes);
      if (writer.isFull) await writer.flush();
    }
    this.runs = [await writer.finish()];
  }

  private async *merged(sources: readonly RowSource[]): AsyncGenerator<SortRow[]> {
    const heads = await Promise.all(sources.map((source) => source.next()));
    const heap = new MergeHeap(this.order);
    heads.forEach((row, source) => row !== undefined && heap.push({ row, source }));
    let block: SortRow[] = [];
    for (let top = heap.top; top !== undefined; top = heap.top) {
      block.push(top.row);
      const source = sources[top.source];
      const next = source.take() ?? (await source.next());
      heap.replaceTop(next === undefined ? undefined : { row: next, source: top.source });
      if (this.slice.due()) await this.slice.pause();
      if (block.length < BLOCK_ROWS) continue;
      yield block;
      block = [];
    }
    if (block.length > 0) yield block;
  }

  private readonly keysOf = (bytes: Buffer): RowKeys =>
    this.order.keysOf(new RowBatch(this.columns, bytes, [bytes.length]).row(0));
}

interface RowSource {
  take(): SortRow | undefined;
  next(): Promise<SortRow | undefined>;
}

class StoredRows implements RowSource {
  private readonly reader: RowRunReader;

  constructor(
    file: SpillFile,
    run: RowRun,
    private readonly keysOf: (bytes: Buffer) => RowKeys,
  ) {
    this.reader = new RowRunReader(file, run);
  }

  take(): SortRow | undefined {
    return this.made(this.reader.take());
  }

  async next(): Promise<SortRow | undefined> {
    return this.made(await this.reader.next());
  }

  private made(bytes: Buffer | undefined): SortRow | undefined {
    return bytes && { bytes, keys: this.keysOf(bytes) };
  }
}

class MemoryRows implements RowSource {
  private at = 0;

  constructor(private readonly rows: readonly SortRow[]) {}

  take(): SortRow | undefined {
    return this.rows[this.at++];
  }

  async next(): Promise<SortRow | undefined> {
    return this.take();
  }
}

interface Head {
  row: SortRow;
  source: number;
}

/** Heads of the sources, the least on top; of equal ones that of the earlier source. */
class MergeHeap {
  private readonly heads: Head[] = [];

  constructor(private readonly order: RowOrder) {}

  get top(): Head | undefined {
    return this.heads[0];
  }

  push(head: Head): void {
    const { heads } = this;
    heads.push(head);
    for (let i = heads.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.isBefore(heads[i], heads[parent])) return;
      [heads[i], heads[parent]] = [heads[parent], heads[i]];
      i = parent;
    }
  }

  /** Puts another head in the place of the top, or none. */
  replaceTop(head: Head | undefined): void {
    const { heads } = this;
    const next = head ?? heads.pop();
    if (next === undefined || heads.length === 0) {
      if (head !== undefined) heads[0] = head;
      return;
    }
    heads[0] = next;
    for (let i = 0; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heads.length && this.isBefore(heads[child], heads[least])) least = child;
      }
      if (least === i) return;
      [heads[i], heads[least]] = [heads[least], heads[i]];
      i = least;
    }
  }

  private isBefore(a: Head, b: Head): boolean {
    const order = this.order.compare(a.row.keys, b.row.keys);
    return order !== 0 ? order < 0 : a.source < b.source;
  }
}
