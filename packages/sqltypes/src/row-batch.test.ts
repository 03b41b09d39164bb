import { RowBatch, RowBatchBuilder, type Row } from './row-batch';
import { rowsFromProto, rowsToProto } from './proto3';

const long = Buffer.alloc(70_000, 0x61);
const huge = Buffer.alloc(0x1000000, 0x62);
const rows = [
  [Buffer.from('1'), null, Buffer.from('')],
  [null, long, Buffer.from('é')],
  [Buffer.alloc(250, 1), Buffer.alloc(251, 2), huge],
];

/** Rows as text: comparing large buffers element by element takes minutes. */
const texts = (list: readonly Row[]): (string | null)[][] =>
  list.map((row) => row.map((v) => v?.toString('latin1') ?? null));

describe('RowBatch', () => {
  const batch = RowBatch.from(3, rows);

  test('gives back the rows that were put in, with NULL, empty and every length form', () => {
    expect(batch.length).toBe(3);
    const given = rows.flat();
    const found = batch.rows().flat();
    expect(found.length).toBe(given.length);
    expect(found.every((v, i) => (v === null ? given[i] === null : v.equals(given[i]!)))).toBe(true);
    expect(batch.value(1, 2)).toEqual(Buffer.from('é'));
    expect(batch.value(0, 1)).toBeNull();
  });

  test('concat keeps order and skips empty batches', () => {
    const joined = RowBatch.concat(3, [batch, RowBatch.empty(3), batch.slice(0, 1)]);
    expect(joined.rows().length).toBe(4);
    expect(joined.row(2)[2]!.equals(huge)).toBe(true);
    expect(joined.row(3)).toEqual(rows[0]);
  });

  test('slice shares bytes and cuts at row borders', () => {
    expect(texts(batch.slice(1, 2).rows())).toEqual(texts([rows[1]]));
    expect(batch.slice(2, 99).row(0)[2]!.equals(huge)).toBe(true);
    expect(batch.slice(3, 4).length).toBe(0);
    expect(batch.slice(0, 3)).toBe(batch);
  });

  test('a value that reaches over its row is refused', () => {
    expect(() => new RowBatch(1, Buffer.from([5, 1, 2]), [3]).row(0)).toThrow(/over the end/);
    expect(() => new RowBatch(2, Buffer.from([1, 1]), [2]).row(0)).toThrow(/shorter/);
  });

  test('a builder is empty after finish', () => {
    const builder = new RowBatchBuilder(1);
    builder.add([Buffer.from('x')]);
    expect(builder.finish().length).toBe(1);
    builder.addEncoded(Buffer.from([1, 0x79]));
    expect(builder.finish().rows()).toEqual([[Buffer.from('y')]]);
  });

  test('proto rows hold the same bytes', () => {
    const small = batch.slice(0, 2);
    const proto = rowsToProto(small);
    expect(proto[0].lengths).toEqual([1n, -1n, 0n]);
    expect(texts(rowsFromProto(proto, 3).rows())).toEqual(texts(rows.slice(0, 2)));
  });
});
