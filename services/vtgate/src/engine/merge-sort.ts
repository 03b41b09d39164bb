import { LenencReader, RowBatchBuilder, emptyResult, type Result, type RowBatch } from '@vitess-ts/sqltypes';
import { CpuSlice } from './cpu-slice';
import { endStreams, openStreams, type OpenedStream } from './open-streams';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';
import { unifyShardFields } from './unify-fields';

const batchRows = 512;
const batchBytes = 128 * 1024;

/** The row at the head of one stream that is itself in order. */
class Head {
  private batch: RowBatch;
  private next = 0;
  keys!: RowKeys;
  bytes!: Buffer;

  constructor(
    readonly opened: OpenedStream,
    readonly source: number,
  ) {
    this.batch = opened.first.rows;
  }

  /** True when the next row is at hand without waiting. */
  get ready(): boolean {
    return this.next < this.batch.length;
  }

  take(order: RowOrder): void {
    const batch = this.batch;
    this.keys = order.keysOf(batch.row(this.next));
    this.bytes = batch.rowBytes(this.next);
    this.next++;
  }

  /** Waits for a batch with rows; false at the end of the stream. */
  async refill(): Promise<boolean> {
    for (;;) {
      const read = await this.opened.iterator.next();
      if (read.done) return false;
      this.batch = read.value.rows;
      this.next = 0;
      if (this.batch.length > 0) return true;
    }
  }
}

/**
 * Merges streams that are each in the order of `keys` into one stream in that order. Rows that are equal come in
 * the order of the streams. `hidden` columns at the end, which only serve
 * the order, are cut.
 */
export async function* mergeSort(
  streams: readonly AsyncIterable<Result>[],
  keys: readonly OrderKey[],
  hidden: number,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const heads = (await openStreams(streams)).map((opened, source) => new Head(opened, source));
  const unfinished = new Set(heads);
  try {
    const fields = unifyShardFields(heads.map((h) => h.opened.first.fields));
    const order = new RowOrder(fields, keys);
    const width = fields.length - hidden;
    const out = new RowBatchBuilder(width);
    yield emptyResult({ fields: fields.slice(0, width), rows: out.finish() });
    const heap: Head[] = [];
    for (const head of heads) {
      if (head.ready || (await head.refill())) {
        head.take(order);
        pushHeap(heap, head, order);
      } else unfinished.delete(head);
    }
    const slice = new CpuSlice(signal);
    while (heap.length > 0) {
      const head = heap[0];
      addCut(out, head.bytes, width, fields.length);
      if (!head.ready) {
        if (out.length > 0 && out.byteLength > batchBytes / 4) yield emptyResult({ rows: out.finish() });
        if (!(await head.refill())) unfinished.delete(head);
      }
      if (head.ready) head.take(order);
      else removeTop(heap);
      siftDown(heap, order);
      if (out.length >= batchRows || out.byteLength >= batchBytes) yield emptyResult({ rows: out.finish() });
      if (slice.due()) await slice.pause();
    }
    if (out.length > 0) yield emptyResult({ rows: out.finish() });
  } finally {
    await endStreams([...unfinished].map((h) => h.opened.iterator));
  }
}

function addCut(out: RowBatchBuilder, bytes: Buffer, width: number, columns: number): void {
  if (width === columns) return out.addEncoded(bytes);
  const reader = new LenencReader(bytes, 0, bytes.length);
  for (let c = 0; c < width; c++) reader.skip();
  out.addEncoded(bytes.subarray(0, reader.at));
}

function before(a: Head, b: Head, order: RowOrder): boolean {
  const compared = order.compare(a.keys, b.keys);
  return compared !== 0 ? compared < 0 : a.source < b.source;
}

function pushHeap(heap: Head[], head: Head, order: RowOrder): void {
  heap.push(head);
  for (let i = heap.length - 1; i > 0;) {
    const parent = (i - 1) >> 1;
    if (!before(heap[i], heap[parent], order)) return;
    [heap[i], heap[parent]] = [heap[parent], heap[i]];
    i = parent;
  }
}

function removeTop(heap: Head[]): void {
  const last = heap.pop()!;
  if (heap.length > 0) heap[0] = last;
}

function siftDown(heap: Head[], order: RowOrder): void {
  for (let i = 0; ;) {
    let least = i;
    for (const child of [2 * i + 1, 2 * i + 2]) {
      if (child < heap.length && before(heap[child], heap[least], order)) least = child;
    }
    if (least === i) return;
    [heap[i], heap[least]] = [heap[least], heap[i]];
    i = least;
  }
}
