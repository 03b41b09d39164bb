import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDestination } from '@vitess-ts/key';
import { Type } from '@vitess-ts/sqltypes';
import { createVindex, isHashing } from '../index';

function places(params: Record<string, string>, ...values: string[]): string[] {
  const vindex = createVindex('numeric_static_map', 'v', params);
  if (!isHashing(vindex)) throw new Error('it hashes');
  const typed = values.map((value) => ({ type: Type.INT64, value: Buffer.from(value) }));
  return vindex.map(typed).map(formatDestination);
}

test('mapped values, and the others by themselves or by the fallback', () => {
  const json = '{"1": 2, "3": 4, "5": 18446744073709551615}';
  expect(places({ json }, '1', '3', '5', '7', '-1')).toEqual([
    'KeyspaceID(0000000000000002)',
    'KeyspaceID(0000000000000004)',
    'KeyspaceID(ffffffffffffffff)',
    'KeyspaceID(0000000000000007)',
    'None()',
  ]);
  expect(places({ json, fallback_type: 'xxhash' }, '1', '11')).toEqual([
    'KeyspaceID(0000000000000002)',
    expect.stringMatching(/^KeyspaceID\([0-9a-f]{16}\)$/),
  ]);
  expect(places({ json, fallback_type: 'hash' }, '2')).toEqual(['KeyspaceID(06e7ea22ce92708f)']);
});

test('the map may be a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vt-map-'));
  try {
    const path = join(folder, 'map.json');
    writeFileSync(path, '{"10": 20}');
    expect(places({ json_path: path }, '10')).toEqual(['KeyspaceID(0000000000000014)']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [{}, /one of the params/],
  [{ json: '{}', json_path: '/x' }, /one of the params/],
  [{ json: '[]' }, /must be a JSON object/],
  [{ json: '{"a": 1}' }, /numbers in quotes/],
  [{ json: '{"1": 18446744073709551616}' }, /of 64 bits/],
  [{ json_path: '/no/such/file' }, /cannot be read/],
  [{ json: '{}', fallback_type: 'nothing' }, /vindexType "nothing" not found/],
])('refuses %j', (params: Record<string, string>, message) => {
  expect(() => createVindex('numeric_static_map', 'v', params)).toThrow(message);
});
