import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutConflict, planLayout, readLayout, writeLayout } from './layout';
import { parseCommand, type UpOptions } from './options';

function options(...args: string[]): UpOptions {
  const command = parseCommand(['up', ...args], '/');
  if (command.name !== 'up') throw new Error('not up');
  return command.options;
}

test('tablets of a shard follow one another: its primary, replicas, rdonly', () => {
  const layout = planLayout(
    options('--keyspaces', 'a,b', '--num-shards', '1,2', '--replicas', '1', '--rdonly', '1'),
    'secret',
  );
  expect(layout.keyspaces).toEqual([
    { name: 'a', shards: ['0'] },
    { name: 'b', shards: ['-80', '80-'] },
  ]);
  expect(layout.tablets.map((t) => `${t.uid} ${t.keyspace}/${t.shard} ${t.type}`)).toEqual([
    '100 a/0 primary',
    '101 a/0 replica',
    '102 a/0 rdonly',
    '103 b/-80 primary',
    '104 b/-80 replica',
    '105 b/-80 rdonly',
    '106 b/80- primary',
    '107 b/80- replica',
    '108 b/80- rdonly',
  ]);
  expect(layout).toMatchObject({ cell: 'zone1', replicationPassword: 'secret', initialized: false });
});

test('a layout is what was written, readable by its owner only: it has a password', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vt-layout-'));
  try {
    expect(readLayout(dir)).toBeUndefined();
    const layout = planLayout(options(), 'secret');
    writeLayout(join(dir, 'data'), layout);
    expect(readLayout(join(dir, 'data'))).toEqual(layout);
    expect(readdirSync(join(dir, 'data'))).toEqual(['cluster.json']);
    expect(statSync(join(dir, 'data', 'cluster.json')).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.each([
  [[], undefined],
  [['--num-shards', '1,2'], undefined],
  [['--port-base', '20000', '--processes'], undefined],
  [['--cell', 'other'], 'it was made with --cell zone1'],
  [['--num-shards', '1,4'], 'it holds keyspaces commerce (1), customer (2) with 3 tablets'],
  [['--replicas', '1'], 'it holds keyspaces commerce (1), customer (2) with 3 tablets'],
  [['--keyspaces', 'a'], 'it holds keyspaces commerce (1), customer (2) with 3 tablets'],
])('a directory of the example, started with %j', (args, conflict) => {
  expect(layoutConflict(planLayout(options(), 'secret'), options(...args))).toBe(conflict);
});
