import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from '@vitess-ts/sqltypes';
import type { Hashing } from '../index';
import { createVindex } from '../index';
import { LooseKeys } from './loose-key';
import { loadRootCollation } from './root-collation';

const keys = new LooseKeys(loadRootCollation());
const keyOf = (text: string): string | undefined => keys.key(Buffer.from(text))?.toString('hex');

function idOf(type: string, bytes: Buffer): string {
  const vindex = createVindex(type, 'v') as Hashing;
  const [destination] = vindex.map([{ type: Type.VARBINARY, value: bytes }]);
  return destination?.kind === 'keyspaceId' ? destination.id.toString('hex') : destination.kind;
}

test('keys equal those of golang.org/x/text/collate', () => {
  const lines = readFileSync(join(__dirname, '../../testdata/loose-keys.txt'), 'latin1')
    .split('\n')
    .filter(Boolean);
  expect(lines.length).toBeGreaterThan(1000);
  for (const line of lines) {
    const [text, key] = line.split(' ');
    expect([text, keys.key(Buffer.from(text, 'hex'))?.toString('hex')]).toEqual([text, key]);
  }
});

test('keys that Vitess publishes', () => {
  for (const same of ['Test', 'TEST', 'Te\u0301st', 'Tést', 'Test ', 'Ｔｅｓｔ'])
    expect(keyOf(same)).toBe('1816164c17f31816');
  expect(keyOf('Bést')).toBe('1605164c17f31816');
  expect(keyOf(' Test')).toBe('01091816164c17f31816');
  expect(keyOf('Test\t')).toBe('1816164c17f318160100');
  expect(keyOf('TéstLooong')).toBe('1816164c17f318161711177117711771174f1691');
  expect(keyOf('T')).toBe('1816');
  expect(keyOf('')).toBe('');
  expect(keyOf('   ')).toBe('');
  expect(keyOf('日')).toBe('8165e5');
});

test.each([
  ['unicode_loose_md5', 'Test', '0b5edbb401fd7524393690491d64f1f5'],
  ['unicode_loose_md5', 'TEST', '0b5edbb401fd7524393690491d64f1f5'],
  ['unicode_loose_md5', 'Test ', '0b5edbb401fd7524393690491d64f1f5'],
  ['unicode_loose_md5', 'Bést', 'c2b2332e4f73d00741026249706f2fb6'],
  ['unicode_loose_md5', 'T', 'ac0f9179f51db87fe8ecc0cf40cab97a'],
  ['unicode_loose_xxhash', 'Test', '42d21361087a4c07'],
  ['unicode_loose_xxhash', 'Tést', '42d21361087a4c07'],
  ['unicode_loose_xxhash', 'Bést', '926975b9ce2ec316'],
  ['unicode_loose_xxhash', ' Test', '4fcb8be34ec05775'],
  ['unicode_loose_xxhash', 'Test\t', '20af87fc36e3fd51'],
  ['unicode_loose_xxhash', 'TéstLooong', 'd3ea873942b484a7'],
  ['unicode_loose_xxhash', 'T', 'f81c3be2d501fe18'],
  ['unicode_loose_xxhash', '', '99e9d85137db46ef'],
])('%s of %j', (type, text, want) => {
  expect(idOf(type, Buffer.from(text))).toBe(want);
});

test('text that is not UTF-8 has no keyspace id', () => {
  for (const hex of ['99eb9d18', '4486', 'c0af', 'eda080', 'f4908080', '41ff']) {
    expect(keys.key(Buffer.from(hex, 'hex'))).toBeNull();
    expect(idOf('unicode_loose_md5', Buffer.from(hex, 'hex'))).toBe('none');
  }
});

test('a byte order mark is a character without weight, not a mark', () => {
  expect(keyOf('\ufeffT')).toBe('1816');
});

test('many combining characters take no more than linear time', () => {
  const started = performance.now();
  expect(keyOf('a' + '\u0301\u0323'.repeat(50_000))).toBe(keyOf('a'));
  expect(performance.now() - started).toBeLessThan(5_000);
});
