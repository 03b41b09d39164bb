import { formatDestination } from '@vitess-ts/key';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { createVindex, isMultiColumn, isPrefix, type MultiColumnVindex } from '../index';

const int = (n: number | string): TypedValue => ({ type: Type.INT64, value: Buffer.from(String(n)) });
const text = (s: string): TypedValue => ({ type: Type.VARCHAR, value: Buffer.from(s) });

function multi(type: string, params: Record<string, string>): MultiColumnVindex {
  const vindex = createVindex(type, 'v', params);
  if (!isMultiColumn(vindex)) throw new Error(`${type} is over one column`);
  return vindex;
}

const places = (vindex: MultiColumnVindex, ...rows: TypedValue[][]): string[] =>
  vindex.mapRows(rows).map(formatDestination);

test('multicol: the published answers of three hashed columns', () => {
  const vindex = multi('multicol', { column_count: '3' });
  expect(
    places(
      vindex,
      [int(1), int(1), int(1)],
      [int(255), int(1), int(1)],
      [int(256), int(1), int(1)],
      [int(1)],
      [int(1), int(1)],
      [text('abcd'), int(256), int(256)],
      [int(256), int(256), text('abcd')],
    ),
  ).toEqual([
    'KeyspaceID(166b40166b40166b)',
    'KeyspaceID(254e88166b40166b)',
    'KeyspaceID(dd7c0b166b40166b)',
    'KeyRange(166b40-166b41)',
    'KeyRange(166b40166b40-166b40166b41)',
    'None()',
    'None()',
  ]);
  expect(vindex).toMatchObject({ cost: 3, isUnique: true, partial: true, unknownParams: [] });
  const [id] = vindex.mapRows([[int(1), int(1), int(1)]]);
  if (id.kind !== 'keyspaceId') throw new Error('no id');
  expect(
    vindex.verifyRows(
      [
        [int(1), int(1), int(1)],
        [int(2), int(1), int(1)],
      ],
      [id.id, id.id],
    ),
  ).toEqual([true, false]);
});

test('multicol: bytes and vindexes of each column, short ids filled up', () => {
  const vindex = multi('multicol', {
    column_count: '3',
    column_bytes: '1,,2',
    column_vindex: 'binary, hash ,binary',
    hello: 'world',
  });
  expect(vindex.unknownParams).toEqual(['hello']);
  expect(places(vindex, [text(''), int(1), text('xyz')])).toEqual(['KeyspaceID(00166b40b44a7879)']);
  const last = multi('multicol', { column_count: '2', column_bytes: '2', column_vindex: ',binary' });
  expect(places(last, [int(1), text('a')])).toEqual(['KeyspaceID(166b61)']);
});

test.each([
  [{}, /'column_count' is missing/],
  [{ column_count: '0' }, /must be 1 to 8/],
  [{ column_count: '9' }, /must be 1 to 8/],
  [{ column_count: '3', column_bytes: '1,2,3,4' }, /lists more than the 3 columns/],
  [{ column_count: '3', column_bytes: '100,200,300' }, /must leave room in 8 bytes/],
  [{ column_count: '3', column_vindex: 'binary,binary,binary,binary' }, /lists more than the 3 columns/],
  [{ column_count: '3', column_vindex: 'binary,binary,null' }, /not 'null'/],
  [{ column_count: '3', column_vindex: 'binary,binary,cfc' }, /not 'cfc'/],
  [{ column_count: '1', column_vindex: 'lookup', table: 't', from: 'a', to: 'b' }, /not 'lookup'/],
])('multicol refuses %j', (params, message) => {
  expect(() => createVindex('multicol', 'v', params)).toThrow(message);
});

test('region_experimental: the number of the region, then the hash', () => {
  const one = multi('region_experimental', { region_bytes: '1' });
  expect(
    places(one, [int(1), int(1)], [int(255), int(1)], [int(256), int(1)], [int(1)], [text('abcd'), int(1)]),
  ).toEqual([
    'KeyspaceID(01166b40b44aba4bd6)',
    'KeyspaceID(ff166b40b44aba4bd6)',
    'KeyspaceID(00166b40b44aba4bd6)',
    'KeyRange(01-02)',
    'None()',
  ]);
  const two = multi('region_experimental', { region_bytes: '2' });
  expect(places(two, [int(1), int(1)], [int(256), int(1)], [int(0xffff)])).toEqual([
    'KeyspaceID(0001166b40b44aba4bd6)',
    'KeyspaceID(0100166b40b44aba4bd6)',
    'KeyRange(ffff-)',
  ]);
  for (const bytes of ['', '0', '3', 'x']) {
    expect(() => createVindex('region_experimental', 'v', { region_bytes: bytes })).toThrow(/region_bytes/);
  }
});

test('region_json: the region that the map has for the country', () => {
  const vindex = multi('region_json', { region_bytes: '1', region_map: '{"US": 1, "DE": 200}' });
  expect(
    places(vindex, [int(1), text('US')], [int(1), text('DE')], [int(1), text('FR')], [text('x'), text('US')]),
  ).toEqual(['KeyspaceID(01166b40b44aba4bd6)', 'KeyspaceID(c8166b40b44aba4bd6)', 'None()', 'None()']);
  expect(() => vindex.mapRows([[int(1)]])).toThrow(/takes 2 values, not 1/);
  expect(() => createVindex('region_json', 'v', { region_bytes: '1', region_map: '/no/such/file' })).toThrow(
    /the file of param 'region_map' cannot be read/,
  );
  expect(() => createVindex('region_json', 'v', { region_bytes: '1', region_map: '{"US": "x"}' })).toThrow(
    /map each country to a number/,
  );
});

test('cfc: hashes of the parts, and the range of a prefix', () => {
  const plain = createVindex('cfc', 'v');
  const md5 = createVindex('cfc', 'v', { hash: 'md5', offsets: '[3, 5]' });
  if (!isPrefix(plain) || !isPrefix(md5)) throw new Error('cfc knows prefixes');
  const at = (vindex: typeof md5, value: string): string => formatDestination(vindex.map([text(value)])[0]);
  const prefix = (vindex: typeof md5, bytes: Buffer): string => formatDestination(vindex.mapPrefix(bytes));
  expect(at(plain, 'ab')).toBe('KeyspaceID(6162)');
  // md5('abc') = 900150.., md5('de') = 5f02.., md5('f') = 8f..; each is cut to the length of its part.
  expect(at(md5, 'abcdef')).toBe('KeyspaceID(9001505f028f)');
  expect(at(md5, 'abc')).toBe('None()');
  expect(prefix(md5, Buffer.from('abcd'))).toBe('KeyRange(900150-900151)');
  expect(prefix(md5, Buffer.from('abcdef'))).toBe('KeyRange(9001505f02-9001505f03)');
  expect(prefix(md5, Buffer.from('ab'))).toBe('AllShards()');
  expect(prefix(plain, Buffer.from([3, 123, 255]))).toBe('KeyRange(037bff-037c00)');
  expect(prefix(plain, Buffer.from([255, 255]))).toBe('KeyRange(ffff-)');
  expect(prefix(plain, Buffer.alloc(0))).toBe('AllShards()');
  for (const offsets of ['', '10,12', 'xxx', '[]', '[10,3]', '[4,4,6]', '[0,1]']) {
    expect(() => createVindex('cfc', 'v', { hash: 'md5', offsets })).toThrow(/offsets/);
  }
  expect(() => createVindex('cfc', 'v', { hash: 'crc', offsets: '[1]' })).toThrow(/'md5' or 'xxhash64'/);
});
