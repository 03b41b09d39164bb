import type { CpuSlice } from './cpu-slice';
import type { RowKeys, RowOrder } from './order-key';

export interface SortRow {
  keys: RowKeys;
  bytes: Buffer;
}

/** Rows that are sorted in one go; short enough to keep a CPU slice under the limit. */
const runRows = 2048;

/** A stable merge sort that lets other work run between its steps. */
export async function sortInSlices(
  rows: readonly SortRow[],
  order: RowOrder,
  slice: CpuSlice,
): Promise<SortRow[]> {
  const compare = (a: SortRow, b: SortRow): number => order.compare(a.keys, b.keys);
  let runs: SortRow[][] = [];
  for (let i = 0; i < rows.length; i += runRows) {
    runs.push(rows.slice(i, i + runRows).sort(compare));
    await slice.pause();
  }
  while (runs.length > 1) {
    const merged: SortRow[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(i + 1 < runs.length ? await mergeRuns(runs[i], runs[i + 1], compare, slice) : runs[i]);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns(
  a: SortRow[],
  b: SortRow[],
  compare: (a: SortRow, b: SortRow) => number,
  slice: CpuSlice,
): Promise<SortRow[]> {
  const out = new Array<SortRow>(a.length + b.length);
  for (let i = 0, j = 0, k = 0; k < out.length; k++) {
    out[k] = j >= b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++];
    if (slice.due()) await slice.pause();
  }
  return out;
}
