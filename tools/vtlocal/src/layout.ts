import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateShardRanges } from '@vitess-ts/key';
import type { UpOptions } from './options';

/** First tablet of a cluster; the others count up from it. */
const FIRST_UID = 100;

export interface TabletPlan {
  uid: number;
  keyspace: string;
  shard: string;
  type: 'primary' | 'replica' | 'rdonly';
}

/** What a data directory holds: decided when the cluster is first started, and kept. */
export interface Layout {
  cell: string;
  keyspaces: { name: string; shards: string[] }[];
  tablets: TabletPlan[];
  replicationPassword: string;
  /** The schema and the sample rows are in. Until then a start begins anew. */
  initialized: boolean;
}

const file = (dataDir: string): string => join(dataDir, 'cluster.json');

export function readLayout(dataDir: string): Layout | undefined {
  if (!existsSync(file(dataDir))) return undefined;
  return JSON.parse(readFileSync(file(dataDir), 'utf8')) as Layout;
}

export function writeLayout(dataDir: string, layout: Layout): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${file(dataDir)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(layout, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file(dataDir));
}

export function planLayout(options: UpOptions, replicationPassword: string): Layout {
  const keyspaces = options.keyspaces.map(({ name, shards }) => ({
    name,
    shards: shards === 1 ? ['0'] : generateShardRanges(shards),
  }));
  const tablets: TabletPlan[] = [];
  const add = (keyspace: string, shard: string, type: TabletPlan['type'], count: number): void => {
    for (let i = 0; i < count; i++) tablets.push({ uid: FIRST_UID + tablets.length, keyspace, shard, type });
  };
  for (const { name, shards } of keyspaces) {
    for (const shard of shards) {
      add(name, shard, 'primary', 1);
      add(name, shard, 'replica', options.replicas);
      add(name, shard, 'rdonly', options.rdonly);
    }
  }
  return { cell: options.cell, keyspaces, tablets, replicationPassword, initialized: false };
}

/** Why a data directory's cluster is not the one that the options ask for; undefined when it is. */
export function layoutConflict(layout: Layout, options: UpOptions): string | undefined {
  if (layout.cell !== options.cell) return `it was made with --cell ${layout.cell}`;
  const wanted = planLayout(options, '');
  const text = (l: Layout): string =>
    JSON.stringify([l.keyspaces, l.tablets.map((t) => [t.keyspace, t.shard, t.type])]);
  if (text(layout) === text(wanted)) return undefined;
  const names = layout.keyspaces.map((k) => `${k.name} (${k.shards.length})`).join(', ');
  return `it holds keyspaces ${names} with ${layout.tablets.length} tablets`;
}
