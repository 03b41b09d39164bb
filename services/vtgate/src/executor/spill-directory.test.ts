import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Distinct } from '../engine/distinct';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from '../engine/fake-exec-context.contract';
import { Join } from '../engine/join';
import { MemorySort } from '../engine/memory-sort';
import type { Primitive } from '../engine/primitive';
import { StatementMemory } from '../engine/statement-memory';
import { SpillDirectory } from './spill-directory';

const directory = mkdtempSync(join(tmpdir(), 'vt-spill-test-'));
const ROWS = 5000;
let files: SpillDirectory;

beforeEach(() => {
  files = new SpillDirectory({ directory, maxBytes: 1 << 24 }, 64, 1024);
});

afterEach(async () => {
  expect(files.stats).toMatchObject({ files: 0, bytes: 0 });
  await files.close();
  expect(readdirSync(directory)).toEqual([]);
});

afterAll(() => rmSync(directory, { recursive: true }));

function context(maxMemoryRows = 100): FakeExecContext {
  const ctx = new FakeExecContext([], () => resultOf(''));
  ctx.memory = new StatementMemory(maxMemoryRows);
  ctx.spill = files;
  return ctx;
}

/** Each key several times, with a number that tells in which order equal ones came. */
const keyed = Array.from({ length: ROWS }, (_, i): [string | null, string] => [
  i % 97 === 0 ? null : String((i * 7919) % 1000),
  String(i),
]);
const given = (): GivenRows => new GivenRows(resultOf('k, n', keyed), 50);
const sorted = (): (string | null)[][] =>
  [...keyed].sort((a, b) => Number(a[0] ?? -1) - Number(b[0] ?? -1) || Number(a[1]) - Number(b[1]));

test('a sort of more rows than memory holds is the same sort', async () => {
  const sort = new MemorySort(given(), [{ column: 0, descending: false }]);
  expect(await rowsOf(sort, context())).toEqual(sorted());
  expect(files.stats.written).toBeGreaterThan(0);
});

test('rows that are longer than a buffer come back whole', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => [String(19 - i), String(i).repeat(100_000)]);
  const sort = new MemorySort(new GivenRows(resultOf('k, v:VARCHAR', rows), 1), [
    { column: 0, descending: false },
  ]);
  expect(await rowsOf(sort, context())).toEqual([...rows].reverse());
});

test('DISTINCT of more keys than memory holds gives each once', async () => {
  const distinct = new Distinct(given(), [{ column: 0, descending: false }]);
  const keys = (await rowsOf(distinct, context())).map(([key]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(keys)).toEqual(new Set(sorted().map(([key]) => key)));
});

test('a join holds its left side in a file', async () => {
  const right: Primitive = new GivenRows(resultOf('x', [['y']]));
  const both = new Join({
    left: given(),
    right,
    outer: false,
    variables: [],
    columns: [
      { side: 'left', column: 1 },
      { side: 'right', column: 0 },
    ],
  });
  expect(await rowsOf(both, context())).toEqual(Array.from({ length: ROWS }, (_, i) => [String(i), 'y']));
  expect(files.stats.written).toBeGreaterThan(0);
});

test('who leaves early leaves no file', async () => {
  const sort = new MemorySort(given(), [{ column: 0, descending: false }]);
  for await (const { rows } of sort.execute(context(), {})) if (rows.length > 0) break;
  expect(files.stats.written).toBeGreaterThan(0);
});

test('the files of all statements have a limit together', async () => {
  files = new SpillDirectory({ directory, maxBytes: 4096 }, 64, 1024);
  const sort = new MemorySort(given(), [{ column: 0, descending: false }]);
  await expect(rowsOf(sort, context())).rejects.toThrow(
    expect.objectContaining({ errno: 1114, message: expect.stringContaining('spill-max-bytes') }),
  );
});

test('without a place for files too many rows are an error', async () => {
  const ctx = context();
  ctx.spill = undefined;
  const sort = new MemorySort(given(), [{ column: 0, descending: false }]);
  await expect(rowsOf(sort, ctx)).rejects.toThrow('max-memory-rows');
});
