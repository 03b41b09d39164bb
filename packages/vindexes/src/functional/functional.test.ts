import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDestination } from '@vitess-ts/key';
import { Type, typeByName } from '@vitess-ts/sqltypes';
import type { TypedValue } from '@vitess-ts/sqltypes';
import type { Reversible } from '../index';
import { createVindex, isHashing, isReversible } from '../index';
import { xxh64 } from './xxh64';

interface Golden {
  integers: { n: string; hash: string; reverse_bits: string }[];
  bytes: { hex: string; xxhash: string; binary_md5: string }[];
}
/** Made by independent implementations of the hashes: Go's crypto/des, crypto/md5, math/bits and cespare/xxhash. */
const golden = JSON.parse(readFileSync(join(__dirname, '../../testdata/golden-ids.json'), 'utf8')) as Golden;

const value = (type: number, text: string): TypedValue => ({ type, value: Buffer.from(text) });
const uint = (n: string): TypedValue => value(Type.UINT64, n);
const nothing = value(Type.NULL_TYPE, '');

function vindex(type: string): Reversible {
  const made = createVindex(type, 'v');
  if (!isHashing(made)) throw new Error(`${type} does not hash`);
  return made as Reversible;
}

/** Keyspace ids in hex, `none` where a value has none. */
function ids(type: string, ...values: TypedValue[]): string[] {
  return vindex(type)
    .map(values)
    .map((d) => (d.kind === 'keyspaceId' ? d.id.toString('hex') : formatDestination(d)));
}

test('hash of the first numbers and of the golden ones, and back', () => {
  expect(ids('hash', ...['1', '2', '3', '4', '5', '6'].map((n) => value(Type.INT64, n)))).toEqual([
    '166b40b44aba4bd6',
    '06e7ea22ce92708f',
    '4eb190c9a2fa169c',
    'd2fd8867d50d2dfe',
    '70bb023c810ca87a',
    'f098480ac4c4be71',
  ]);
  expect(golden.integers.length).toBeGreaterThan(100);
  const hash = vindex('hash');
  const reverseBits = vindex('reverse_bits');
  const numeric = vindex('numeric');
  for (const { n, hash: want, reverse_bits } of golden.integers) {
    expect(hash.hash(uint(n)).toString('hex')).toBe(want);
    expect(hash.reverseMap([Buffer.from(want, 'hex')])).toEqual([uint(n)]);
    expect(reverseBits.hash(uint(n)).toString('hex')).toBe(reverse_bits);
    expect(reverseBits.reverseMap([Buffer.from(reverse_bits, 'hex')])).toEqual([uint(n)]);
    expect(numeric.hash(uint(n)).toString('hex')).toBe(BigInt(n).toString(16).padStart(16, '0'));
    expect(numeric.reverseMap([numeric.hash(uint(n))])).toEqual([uint(n)]);
  }
});

test('which values integer vindexes take', () => {
  const one = '166b40b44aba4bd6';
  expect(
    ids('hash', value(Type.VARCHAR, '1'), value(Type.VARBINARY, ' 1\t'), value(Type.VARCHAR, '01')),
  ).toEqual([one, one, one]);
  expect(ids('hash', value(Type.INT64, '-1'), uint('18446744073709551615'))).toEqual([
    '355550b2150e2451',
    '355550b2150e2451',
  ]);
  expect(
    ids('hash', value(Type.HEXNUM, '0x01'), value(Type.HEXVAL, "x'01'"), value(Type.BITNUM, '0b1')),
  ).toEqual([one, one, one]);
  for (const bad of ['', 'a', '1a', '1.0', '-1', '1 2', '18446744073709551616', '9'.repeat(500)]) {
    expect(ids('hash', value(Type.VARCHAR, bad))).toEqual(['None()']);
    expect(ids('numeric', value(Type.VARCHAR, bad))).toEqual(['None()']);
  }
  expect(ids('hash', nothing, value(Type.INT64, '9223372036854775808'))).toEqual(['None()', 'None()']);
  expect(ids('numeric', nothing, value(Type.INT64, '-1'))).toEqual(['None()', 'None()']);
  expect(ids('reverse_bits', nothing, value(Type.INT64, '-1'))).toEqual(['None()', 'None()']);
});

test('xxhash and binary_md5 of every length', () => {
  for (const { hex, xxhash, binary_md5 } of golden.bytes) {
    const input = { type: Type.VARBINARY, value: Buffer.from(hex, 'hex') };
    expect(xxh64(input.value).toString('hex')).toBe(xxhash);
    expect(ids('xxhash', input)).toEqual([xxhash]);
    expect(ids('binary_md5', input)).toEqual([binary_md5]);
    expect(ids('binary', input)).toEqual([hex]);
  }
});

test.each([
  ['VARCHAR', 'test1', 'd01ab7e4d6978f0b'],
  ['VARCHAR', 'test2', '87eb11714c0a0e89'],
  ['VARCHAR', 'testaverylongvaluetomakesurethisworks', '81d8c38e0d850e6a'],
  ['INT64', '1', 'd46405367612b4b7'],
  ['NULL_TYPE', '', '99e9d85137db46ef'],
  ['INT64', '-1', 'd8e2a6a7c8c7623d'],
  ['UINT64', '18446744073709551615', '477cfa8d6d8f1f8d'],
  ['INT64', '9223372036854775807', 'b37eb01f7bffafd8'],
  ['UINT64', '9223372036854775807', 'b37eb01f7bffafd8'],
  ['INT64', '-9223372036854775808', '102c27ddb26a609e'],
])('xxhash of %s %s', (type, text, want) => {
  expect(ids('xxhash', value(typeByName(type) ?? -1, text))).toEqual([want]);
});

test('xxhash, binary and binary_md5 decode hex and bit literals', () => {
  const raw = { type: Type.VARBINARY, value: Buffer.from('9efa', 'hex') };
  const forms = [
    value(Type.HEXVAL, "x'9efa'"),
    value(Type.HEXNUM, '0x9EFA'),
    value(Type.BITNUM, "b'1001111011111010'"),
  ];
  for (const type of ['xxhash', 'binary', 'binary_md5']) {
    for (const form of forms) expect(ids(type, form)).toEqual(ids(type, raw));
  }
  expect(ids('binary', value(Type.HEXNUM, '0xabc'), value(Type.BITNUM, '0b000000001'))).toEqual([
    '0abc',
    '0001',
  ]);
  expect(ids('binary', value(Type.HEXVAL, 'zz'))).toEqual(['None()']);
});

test('binary reverses and null is always 00', () => {
  const id = Buffer.from('00ff', 'hex');
  expect(vindex('binary').reverseMap([id])).toEqual([{ type: Type.VARBINARY, value: id }]);
  expect(ids('null', uint('5'), nothing)).toEqual(['00', '00']);
  expect(isReversible(createVindex('xxhash', 'v'))).toBe(false);
  expect(isReversible(createVindex('null', 'v'))).toBe(false);
});

test('a keyspace id stays when the value it came from is overwritten', () => {
  const input = Buffer.from('abc');
  const [made] = vindex('binary').map([{ type: Type.VARBINARY, value: input }]);
  input.fill(0);
  expect(formatDestination(made)).toBe('KeyspaceID(616263)');
});

test('verify compares keyspace ids and refuses values without one', () => {
  const hash = vindex('hash');
  const id = Buffer.from('166b40b44aba4bd6', 'hex');
  expect(hash.verify([uint('1'), uint('2')], [id, id])).toEqual([true, false]);
  expect(() => hash.verify([value(Type.VARBINARY, 'aa')], [id])).toThrow(
    /vindex v \(hash\) has no keyspace id for VARBINARY "aa"/,
  );
  expect(() => hash.reverseMap([Buffer.alloc(16)])).toThrow(expect.objectContaining({ code: 3 }));
});

test('costs, unknown parameters and types', () => {
  const costs = ['numeric', 'binary', 'hash', 'reverse_bits', 'binary_md5', 'xxhash', 'null'];
  expect(costs.map((type) => createVindex(type, 'v').cost)).toEqual([0, 0, 1, 1, 1, 1, 100]);
  expect(createVindex('hash', 'h', { table: 't' })).toMatchObject({
    name: 'h',
    type: 'hash',
    isUnique: true,
    needsVCursor: false,
    unknownParams: ['table'],
    params: { table: 't' },
  });
  expect(() => createVindex('hsah', 'h')).toThrow(expect.objectContaining({ code: 3 }));
});
