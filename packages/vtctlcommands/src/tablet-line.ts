import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import type { Tablet } from '@vitess-ts/proto/topodata';

/**
 * A tablet on one line, for awk: alias, keyspace, shard, type, host:port, host:port of mysqld, tags, start of the term
 * as primary. `<null>` stands where there is nothing.
 */
export function tabletLine(tablet: Tablet): string {
  const { alias, keyspace, shard, type, hostname, portMap, mysqlHostname, mysqlPort, tags } = tablet;
  return [
    tabletAliasString(alias),
    keyspace === '' ? '<null>' : keyspace,
    shard === '' ? '<null>' : shard,
    tabletTypeLowerName(type),
    joinHostPort(hostname, portMap.vt ?? 0),
    joinHostPort(mysqlHostname, mysqlPort),
    tagsText(tags),
    timeText(tablet),
  ].join(' ');
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(tags)
    .sort()
    .map((key) => `${key}: ${JSON.stringify(tags[key])}`);
  return `[${pairs.join(' ')}]`;
}

function timeText({ primaryTermStartTime: time }: Tablet): string {
  if (!time || (time.seconds === 0n && time.nanoseconds === 0)) return '<null>';
  return new Date(Number(time.seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
