import type { KeyspaceId } from '@vitess-ts/key';
import { formatDestination } from '@vitess-ts/key';
import {
  BINARY_COLLATION,
  RowBatch,
  Type,
  emptyResult,
  makeField,
  type BindVariables,
  type Result,
  type TypedValue,
} from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { createVindex, isLookup, type LookupCursor, type LookupEntry, type LookupOrder } from '../index';
import { LookupOperations } from './lookup-operations';

const owner = {
  keyspace: 'ks',
  table: 'user',
  columns: ['name'],
  placeColumns: ['id'],
  keyName: 'name',
};
const text = (s: string): TypedValue => ({ type: Type.VARCHAR, value: Buffer.from(s) });
const int = (n: number): TypedValue => ({ type: Type.INT64, value: Buffer.from(String(n)) });
const nothing: TypedValue = { type: Type.NULL_TYPE, value: Buffer.alloc(0) };
const id = (hex: string): KeyspaceId => Buffer.from(hex, 'hex');
const row = (
  name: TypedValue,
  hex: string,
): { values: TypedValue[]; id: KeyspaceId; place: TypedValue[] } => ({
  values: [name],
  id: id(hex),
  place: [int(1)],
});

const duplicate = (): SqlError => new SqlError(1062, '23000', "Duplicate entry 'a' for key 'PRIMARY'");

/** Remembers statements as `order sql [values]` and answers them by a function. */
class Cursor implements LookupCursor {
  readonly seen: string[] = [];
  entries: LookupEntry[] = [];
  answer: (seen: string) => Result | Error = () => emptyResult();

  constructor(readonly locksReads = true) {}

  async execute(sql: string, binds: BindVariables, order: LookupOrder): Promise<Result> {
    const values = Object.values(binds).map((b) =>
      b.type === Type.TUPLE ? b.values.map((v) => v.value.toString()).join('/') : b.value.toString('latin1'),
    );
    const seen = `${order} ${sql.replaceAll('`', '')} [${values.map((v) => (/^[\w/]*$/.test(v) ? v : Buffer.from(v, 'latin1').toString('hex'))).join(', ')}]`;
    this.seen.push(seen);
    const answer = this.answer(seen);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  executeAt(
    keyspace: string,
    at: KeyspaceId,
    sql: string,
    binds: BindVariables,
    order: 'normal' | 'post',
  ): Promise<Result> {
    return this.execute(`${keyspace}:${at.toString('hex')} ${sql}`, binds, order);
  }

  removeLater(entry: LookupEntry): void {
    this.entries.push(entry);
  }
  removals(): readonly LookupEntry[] {
    return this.entries;
  }
  keep(entry: LookupEntry): void {
    this.entries = this.entries.filter((e) => e !== entry);
  }
}

function rowsOf(...rows: Buffer[][]): Result {
  const fields = (rows[0] ?? []).map((_, i) =>
    makeField(`c${i}`, Type.VARBINARY, { decimals: 0, charset: BINARY_COLLATION }),
  );
  return emptyResult({ fields, rows: RowBatch.from(fields.length, rows) });
}

function operations(type: string, params: Record<string, string> = {}): LookupOperations {
  const vindex = createVindex(type, 'v', { table: 'idx', from: 'name', to: 'ksid', ...params });
  if (!isLookup(vindex)) throw new Error(`${type} is no lookup`);
  return new LookupOperations(vindex, 'ks', { keyspace: 'lk', name: 'idx' }, owner);
}

const at = async (ops: LookupOperations, cursor: Cursor, ...values: TypedValue[]): Promise<string[]> =>
  (await ops.map(cursor, values.map((v) => [v]))).map(formatDestination); // prettier-ignore

test('map: text one by one, integers and batch_lookup together; nothing for NULL', async () => {
  const cursor = new Cursor();
  cursor.answer = (seen) => (seen.includes('[a]') ? rowsOf([Buffer.from('a'), id('0102')]) : emptyResult());
  const unique = operations('lookup_unique');
  expect(await at(unique, cursor, text('a'), nothing, text('b'))).toEqual([
    'KeyspaceID(0102)',
    'None()',
    'None()',
  ]);
  expect(cursor.seen).toEqual([
    'normal select name, ksid from lk.idx where name = :f0 for update [a]',
    'normal select name, ksid from lk.idx where name = :f0 for update [b]',
  ]);
  const reading = new Cursor(false);
  reading.answer = () =>
    rowsOf([Buffer.from('1'), id('01')], [Buffer.from('1'), id('02')], [Buffer.from('2'), id('03')]);
  expect(await at(operations('consistent_lookup'), reading, int(1), int(2), int(3))).toEqual([
    'KeyspaceIDs(01,02)',
    'KeyspaceID(03)',
    'None()',
  ]);
  expect(reading.seen).toEqual(['pre select name, ksid from lk.idx where name in ::f [1/2/3]']);
});

test('map: what a collation calls equal comes under another text, and counts for all values', async () => {
  const cursor = new Cursor();
  cursor.answer = () => rowsOf([Buffer.from('A'), id('01')], [Buffer.from('b'), id('02')]);
  expect(await at(operations('lookup', { batch_lookup: 'true' }), cursor, text('a'), text('b'))).toEqual([
    'KeyspaceIDs(01,02)',
    'KeyspaceIDs(01,02)',
  ]);
});

test.each([
  ['exclusive', ' for update'],
  ['shared', ' lock in share mode'],
  ['none', ''],
])('read_lock %s', async (read_lock, lock) => {
  const cursor = new Cursor();
  await at(operations('lookup_unique', { read_lock }), cursor, text('a'));
  expect(cursor.seen).toEqual([`normal select name, ksid from lk.idx where name = :f0${lock} [a]`]);
});

test('lookup_hash holds the number that the keyspace id is the hash of', async () => {
  const cursor = new Cursor();
  cursor.answer = (seen) =>
    seen.includes('select') ? rowsOf([Buffer.from('a'), Buffer.from('1')]) : emptyResult();
  const ops = operations('lookup_hash_unique');
  expect(await at(ops, cursor, text('a'))).toEqual(['KeyspaceID(166b40b44aba4bd6)']);
  await ops.create(cursor, [[text('b')]], [id('06e7ea22ce92708f')]);
  expect(cursor.seen.at(-1)).toBe('normal insert into lk.idx(name, ksid) values (:r0f0, :r0to) [b, 2]');
  await expect(ops.create(cursor, [[text('b')]], [id('0102')])).rejects.toThrow(/8 bytes, not 2/);
});

test('lookup_unicodeloosemd5_hash holds one number for texts that differ in case', async () => {
  const cursor = new Cursor();
  const ops = operations('lookup_unicodeloosemd5_hash');
  await ops.create(
    cursor,
    [[text('Test')], [text('tést ')]],
    [id('166b40b44aba4bd6'), id('166b40b44aba4bd6')],
  );
  const [, first, second] = /\[(\d+), 1, (\d+), 1\]/.exec(cursor.seen[0]) ?? [];
  expect(first).toBeDefined();
  expect(second).toBe(first);
});

test('NULL has an entry nowhere: it is left out with ignore_nulls, else refused', async () => {
  const cursor = new Cursor();
  await operations('lookup_unique', { ignore_nulls: 'true' }).create(cursor, [[nothing]], [id('01')]);
  expect(cursor.seen).toEqual([]);
  await expect(operations('lookup_unique').create(cursor, [[nothing]], [id('01')])).rejects.toThrow(
    /ignore_nulls/,
  );
});

test('autocommit: entries are written at once and never removed', async () => {
  const cursor = new Cursor();
  const ops = operations('lookup', { autocommit: 'true' });
  await ops.create(cursor, [[text('a')]], [id('01')]);
  await ops.remove(cursor, [row(text('a'), '01')]);
  expect(cursor.seen).toEqual([
    'autocommit insert into lk.idx(name, ksid) values (:r0f0, :r0to) on duplicate key update ksid = values(ksid) [a, 01]',
  ]);
  await operations('lookup', { multi_shard_autocommit: 'true' }).create(cursor, [[text('a')]], [id('01')]);
  expect(cursor.seen[1]).toContain('insert /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ into');
});

test('a lookup that is not unique keeps an entry that another row shares', async () => {
  const cursor = new Cursor();
  cursor.answer = (seen) =>
    seen.includes('select 1 from user') ? rowsOf([Buffer.from('1')]) : emptyResult();
  await operations('lookup').remove(cursor, [row(text('a'), '01')]);
  expect(cursor.seen).toEqual([
    'normal ks:01 select 1 from user where name = :f0 and id = :p0 limit 1 for update [a, 1]',
  ]);
  cursor.answer = () => emptyResult();
  await operations('lookup').remove(cursor, [row(text('a'), '01')]);
  expect(cursor.seen.at(-1)).toBe('normal delete from lk.idx where name = :f0 and ksid = :to [a, 01]');
});

test('a duplicate is told in the words of the owner', async () => {
  const cursor = new Cursor();
  cursor.answer = duplicate;
  await expect(operations('lookup_unique').create(cursor, [[text('a')]], [id('01')])).rejects.toThrow(
    "Duplicate entry 'a' for key 'name'",
  );
});

describe('consistent_lookup_unique', () => {
  test('entries are committed before the rows, and go after the transaction', async () => {
    const cursor = new Cursor();
    const ops = operations('consistent_lookup_unique');
    await ops.create(cursor, [[text('a')]], [id('01')]);
    await ops.remove(cursor, [row(text('b'), '02')]);
    expect(cursor.seen).toEqual(['pre insert into lk.idx(name, ksid) values (:r0f0, :r0to) [a, 01]']);
    expect(cursor.entries).toEqual([
      { keyspace: 'ks', vindex: 'v', values: [text('b')], id: id('02'), place: [int(1)] },
    ]);
  });

  test('an entry goes only if no row has come to need it meanwhile', async () => {
    const cursor = new Cursor();
    const ops = operations('consistent_lookup_unique');
    const entry = { keyspace: 'ks', vindex: 'v', values: [text('b')], id: id('02'), place: [int(1)] };
    await ops.removeUnused(cursor, entry);
    expect(cursor.seen).toEqual([
      'post select name, ksid from lk.idx where name = :f0 for update [b]',
      'post ks:02 select 1 from user where name = :f0 and id = :p0 limit 1 for update [b, 1]',
      'post delete from lk.idx where name = :f0 and ksid = :to [b, 02]',
    ]);
    cursor.seen.length = 0;
    cursor.answer = () => rowsOf([Buffer.from('1')]);
    await ops.removeUnused(cursor, entry);
    expect(cursor.seen).toHaveLength(2);
  });

  test('an entry without a row gives way; one with a row is a duplicate', async () => {
    const ops = operations('consistent_lookup_unique');
    const cursor = new Cursor();
    let hasRow = false;
    cursor.answer = (seen) => {
      if (seen.includes('insert')) return duplicate();
      if (seen.includes('select name')) return rowsOf([Buffer.from('a'), id('02')]);
      return hasRow && seen.includes('select 1 from user') ? rowsOf([Buffer.from('1')]) : emptyResult();
    };
    cursor.entries = [{ keyspace: 'ks', vindex: 'v', values: [text('a')], id: id('02'), place: [int(1)] }];
    await ops.create(cursor, [[text('a')]], [id('01')]);
    expect(cursor.seen.at(-1)).toBe(
      'pre update lk.idx set ksid = :newTo where name = :f0 and ksid = :to [a, 02, 01]',
    );
    expect(cursor.entries).toEqual([]);
    hasRow = true;
    await expect(ops.create(cursor, [[text('a')]], [id('01')])).rejects.toThrow("for key 'name'");
  });

  test('two rows of one statement cannot have one value', async () => {
    const ops = operations('consistent_lookup_unique');
    const cursor = new Cursor();
    let inserts = 0;
    cursor.answer = (seen) => {
      // All at once fails, then the first goes in and the second does not.
      if (seen.includes('insert')) return ++inserts === 2 ? emptyResult() : duplicate();
      return seen.includes('name = :g0') ? rowsOf([id('01')]) : emptyResult();
    };
    await expect(ops.create(cursor, [[text('a')], [text('A')]], [id('01'), id('02')])).rejects.toThrow(
      /Duplicate/,
    );
    expect(cursor.seen.some((s) => s.includes('update lk.idx'))).toBe(false);
  });

  test('a value that stays equal keeps its entry; a row that moves takes it along', async () => {
    const ops = operations('consistent_lookup_unique');
    const cursor = new Cursor();
    const before = row(text('a'), '01');
    expect(await ops.change(cursor, before, before)).toBe(false);
    expect(cursor.seen).toEqual([]);
    expect(await ops.change(cursor, before, { ...before, id: id('02') })).toBe(false);
    expect(cursor.seen).toEqual([
      'pre update lk.idx set ksid = :newTo where name = :f0 and ksid = :to [a, 01, 02]',
    ]);
    cursor.seen.length = 0;
    expect(await ops.change(cursor, before, row(text('b'), '01'))).toBe(true);
    expect(cursor.seen.at(-1)).toBe('pre insert into lk.idx(name, ksid) values (:r0f0, :r0to) [b, 01]');
  });
});

test('write_only and no_verify say yes unseen', async () => {
  const cursor = new Cursor();
  for (const param of ['write_only', 'no_verify']) {
    expect(
      await operations('lookup_unique', { [param]: 'true' }).verify(cursor, [[text('a')]], [id('01')]),
    ).toEqual([true]);
  }
  expect(cursor.seen).toEqual([]);
  expect(await operations('lookup_unique').verify(cursor, [[text('a')]], [id('01')])).toEqual([false]);
});

test.each([
  [{ from: '' }, /'from'/],
  [{ table: '' }, /'table'/],
  [{ to: '' }, /'to'/],
  [{ write_only: 'yes' }, /'true' or 'false'/],
  [{ read_lock: 'wide' }, /'exclusive', 'shared' or 'none'/],
])('refuses the params %j', (params, message) => {
  expect(() => operations('lookup', params)).toThrow(message);
});

test('parameters that a type does not have are told', () => {
  const params = { table: 't', from: 'a', to: 'b', autocommit: 'true', hello: 'x' };
  expect(createVindex('lookup', 'v', params).unknownParams).toEqual(['hello']);
  expect(createVindex('consistent_lookup', 'v', params).unknownParams).toEqual(['autocommit', 'hello']);
});
