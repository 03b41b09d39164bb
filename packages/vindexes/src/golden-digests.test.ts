import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Destination } from '@vitess-ts/key';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { createVindex, isMultiColumn, isSingleColumn } from './index';

/** SHA-256 over the ids of 10,000 values, by Go's own hashes and collation: `testdata/golden-digests/main.go`. */
const answers = JSON.parse(
  readFileSync(join(__dirname, '../testdata/golden-digests/golden-digests.json'), 'utf8'),
) as Record<string, string>;

const VALUES = 10_000;
const bits64 = (n: bigint): bigint => BigInt.asUintN(64, n);

function mix(i: bigint): bigint {
  let z = bits64(i * 0x9e3779b97f4a7c15n + 0x9e3779b97f4a7c15n);
  z = bits64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = bits64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

const numberAt = (i: number): bigint => (i % 3 === 0 ? BigInt(i / 3) : mix(BigInt(i)));

const letters = [
  ..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.'äöüÄÖÜßéÉèñÑçøØåÅæčŠžłđйЖяαΩς日本語한국ไทยאب",
];

function textAt(i: number): string {
  const length = Number(mix(BigInt(i)) % 20n);
  return Array.from(
    { length },
    (_, c) => letters[Number(mix(BigInt(i) * 31n + BigInt(c)) % BigInt(letters.length))],
  ).join('');
}

const uint = (n: bigint): TypedValue => ({ type: Type.UINT64, value: Buffer.from(n.toString()) });
const text = (s: string): TypedValue => ({ type: Type.VARCHAR, value: Buffer.from(s) });
const number = (i: number): TypedValue[] => [uint(numberAt(i))];
const words = (i: number): TypedValue[] => [text(textAt(i))];

const staticMap = JSON.stringify(
  Object.fromEntries(Array.from({ length: 100 }, (_, n) => [String(n), n * 1_000_003])),
);
const countries = ['A', 'B', 'C', 'D'];

const cases: Record<string, [Record<string, string>, (i: number) => TypedValue[]]> = {
  hash: [{}, number],
  numeric: [{}, number],
  numeric_static_map: [{ json: staticMap, fallback_type: 'hash' }, number],
  reverse_bits: [{}, number],
  binary: [{}, words],
  binary_md5: [{}, words],
  xxhash: [{}, words],
  'xxhash of numbers': [{}, number],
  unicode_loose_md5: [{}, words],
  unicode_loose_xxhash: [{}, words],
  null: [{}, number],
  region_experimental: [{ region_bytes: '2' }, (i) => [uint(numberAt(i) & 0xffffn), uint(numberAt(i + 1))]],
  region_json: [
    { region_bytes: '1', region_map: '{"A": 1, "B": 2, "C": 3, "D": 4}' },
    (i) => [uint(numberAt(i)), text(countries[i % 4])],
  ],
  multicol: [
    { column_count: '3', column_bytes: '1,2', column_vindex: 'hash,xxhash' },
    (i) => [...number(i), ...words(i), ...number(i + 1)],
  ],
  cfc: [{ hash: 'md5', offsets: '[3,5]' }, (i) => [text(mix(BigInt(i)).toString(16).padStart(16, '0'))]],
};

test('every answer is asked for', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(answers).sort());
});

test.each(Object.entries(cases))('10,000 keyspace ids of %s', (name, [params, valuesAt]) => {
  const vindex = createVindex(name.split(' ')[0], 'v', params);
  const map = (row: TypedValue[]): Destination => {
    if (isMultiColumn(vindex)) return vindex.mapRows([row])[0];
    if (isSingleColumn(vindex)) return vindex.map(row)[0];
    throw new Error(`${name} maps nothing`);
  };
  const sum = createHash('sha256');
  for (let i = 0; i < VALUES; i++) {
    const destination = map(valuesAt(i));
    if (destination.kind !== 'keyspaceId') throw new Error(`value ${i} has no keyspace id`);
    sum.update(Buffer.from([destination.id.length])).update(destination.id);
  }
  expect(sum.digest('hex')).toBe(answers[name]);
});
