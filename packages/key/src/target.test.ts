import { TabletType } from '@vitess-ts/proto/topodata';
import type { Destination } from './index';
import { formatTarget, parseHexKey, parseKeyRange, parseTarget } from './index';

const shard = (name: string): Destination => ({ kind: 'shard', shard: name });

type Row = [string, string, Destination | undefined, TabletType | undefined, string?];
const rows: Row[] = [
  ['', '', undefined, undefined],
  ['ks', 'ks', undefined, undefined],
  ['ks@replica', 'ks', undefined, TabletType.REPLICA],
  ['ks@MASTER', 'ks', undefined, TabletType.PRIMARY],
  ['ks:-80', 'ks', shard('-80'), undefined],
  ['ks/-80', 'ks', shard('-80'), undefined],
  ['ks:0', 'ks', shard('0'), undefined],
  ['ks:-80@rdonly', 'ks', shard('-80'), TabletType.RDONLY],
  ['ks[80-]', 'ks', { kind: 'exactKeyRange', range: parseKeyRange('80-') }, undefined],
  ['ks[-]@replica', 'ks', { kind: 'exactKeyRange', range: parseKeyRange('-') }, TabletType.REPLICA],
  ['ks[166b40]', 'ks', { kind: 'keyspaceId', id: parseHexKey('166b40') }, undefined],
  ['@replica', '', undefined, TabletType.REPLICA],
  ['ks:-80@replica|zone1-0000000100', 'ks', shard('-80'), TabletType.REPLICA, 'zone1/100'],
  ['@primary|us-east-1a-101', '', undefined, TabletType.PRIMARY, 'us-east-1a/101'],
];
test.each(rows.map((row) => ({ row })))('reads $row.0', ({ row }) => {
  const [text, keyspace, destination, tabletType, alias] = row;
  const target = parseTarget(text);
  expect(target).toMatchObject({ keyspace, destination, tabletType });
  expect(target.alias && `${target.alias.cell}/${target.alias.uid}`).toBe(alias);
  expect(parseTarget(formatTarget(target))).toEqual(target);
});

test.each([
  ['ks@', /tablet ?type/i],
  ['ks@foo', /unknown TabletType foo/],
  ['ks@2', /tablet ?type/i],
  ['ks@unknown', /tablet ?type/i],
  ['ks:', /shard is missing/],
  ['ks[', /without "\]"/],
  ['ks]', /without "\["/],
  ['ks[]', /brackets are empty/],
  ['ks[8]', /pairs/],
  ['ks[40-80-c0]', /not a key range/],
  ['ks[80-40]', /start is not below/],
  [':-80', /keyspace before it/],
  ['[80-]', /keyspace before it/],
  ['ks@replica|zone1', /invalid tablet alias/],
  ['ks@replica|zone1-9999999999', /invalid tablet alias/],
  ['k'.repeat(2000), /longer than/],
])('refuses %s', (text, why) => {
  expect(() => parseTarget(text)).toThrow(why);
  expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 3 }));
});
